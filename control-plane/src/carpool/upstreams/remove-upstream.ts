import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, inTransaction } from '../../kernel/index.ts';
import { getManagedGroup } from '../groups/group-access.ts';
import { tellProxies } from '../proxies/tell-proxies.ts';
import { carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { auditable } from './insert-upstream.ts';
import { readUpstream, type UpstreamName } from './upstream-access.ts';
import { toUpstreamView, type UpstreamRow } from './upstream-view.ts';

/** Removes an account and forgets its secret; its row stays for the books. 404 `upstream_unknown`. */
export async function removeUpstream(ctx: Ctx, name: UpstreamName): Promise<void> {
  allow(ctx, 'carpool.upstream.remove');
  await inTransaction(ctx, async (tx) => {
    await getManagedGroup(tx, ctx, name.groupId);
    await deleteUpstream(tx, ctx, await readUpstream(tx, ctx, name));
  });
}

/** Forgets the secrets of an account in the caller's transaction, and audits it; its row stays for the books. */
export async function deleteUpstream(tx: Db, ctx: Ctx, before: UpstreamRow): Promise<void> {
  await tx
    .update(carpoolUpstreams)
    .set({ status: 'deleted', credential: null, credentialHint: null, proxyId: null, updatedAt: ctx.clock.now() })
    .where(eq(carpoolUpstreams.id, before.id));
  if (before.proxyId) await tellProxies(tx, ctx, before.groupId);
  await tx.delete(carpoolSignIns).where(eq(carpoolSignIns.upstreamId, before.id));
  await audit(tx, ctx, {
    action: 'carpool.upstream.remove',
    target: { kind: 'upstream', id: before.id },
    groupId: before.groupId,
    before: auditable(toUpstreamView(before)),
  });
}
