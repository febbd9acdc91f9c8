import { eq } from 'drizzle-orm';
import { allow, audit, Conflict, type Ctx, inTransaction } from '../../kernel/index.ts';
import { carpoolProxies, carpoolUpstreams } from '../tables.ts';
import { groupsUsing, lockProxy } from './proxy-access.ts';
import { auditableProxy } from './proxy-view.ts';

/** Removes a proxy that nobody uses. 409 `proxy_in_use` names the groups that do. */
export async function removeProxy(ctx: Ctx, proxyId: string): Promise<void> {
  allow(ctx, 'carpool.proxy.remove');
  await inTransaction(ctx, async (tx) => {
    const before = await lockProxy(tx, proxyId);
    const groups = await groupsUsing(tx, before.id);
    if (groups.length > 0) {
      throw new Conflict('proxy_in_use', 'groups use this proxy; take it out of their pools and accounts first', {
        group_ids: groups,
      });
    }
    // Removed accounts keep their rows for the books, but not the way they left by.
    await tx.update(carpoolUpstreams).set({ proxyId: null }).where(eq(carpoolUpstreams.proxyId, before.id));
    await tx.delete(carpoolProxies).where(eq(carpoolProxies.id, before.id));
    await audit(tx, ctx, {
      action: 'carpool.proxy.remove',
      target: { kind: 'proxy', id: before.id },
      before: auditableProxy(before),
    });
  });
}
