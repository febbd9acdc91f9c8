import { and, eq, inArray, ne } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../kernel/index.ts';
import { removeGroupRules } from '../quotas/rules/write-rules.ts';
import { carpoolDataKeys, carpoolGroups, carpoolKeys, carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { getManagedGroup } from './group-access.ts';

/** Closes a group for good: its keys stop, its secrets are forgotten, its books stay. 409 `group_closed` the second time. */
export async function closeGroup(ctx: Ctx, groupId: string): Promise<void> {
  allow(ctx, 'carpool.group.close');
  await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const updatedAt = ctx.clock.now();
    const keys = await tx
      .update(carpoolKeys)
      .set({ status: 'deleted', updatedAt })
      .where(and(eq(carpoolKeys.groupId, group.id), ne(carpoolKeys.status, 'deleted')))
      .returning({ id: carpoolKeys.id });
    const upstreams = await tx
      .update(carpoolUpstreams)
      .set({ status: 'deleted', credential: null, credentialHint: null, updatedAt })
      .where(and(eq(carpoolUpstreams.groupId, group.id), ne(carpoolUpstreams.status, 'deleted')))
      .returning({ id: carpoolUpstreams.id });
    const gone = upstreams.map(({ id }) => id);
    if (gone.length > 0) await tx.delete(carpoolSignIns).where(inArray(carpoolSignIns.upstreamId, gone));
    await removeGroupRules(tx, ctx, group.id);
    await tx.delete(carpoolDataKeys).where(eq(carpoolDataKeys.groupId, group.id));
    await tx.update(carpoolGroups).set({ status: 'closed', updatedAt }).where(eq(carpoolGroups.id, group.id));
    await audit(tx, ctx, {
      action: 'carpool.group.close',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before: { status: group.status },
      after: { status: 'closed', revoked: keys.length, removed_accounts: upstreams.length },
    });
  });
}
