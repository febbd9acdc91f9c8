import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../kernel/index.ts';
import { getManagedGroup } from '../groups/group-access.ts';
import { carpoolUpstreams } from '../tables.ts';
import { auditable } from './add-upstream.ts';
import { readUpstream } from './read-upstreams.ts';
import { toUpstreamView } from './upstream-view.ts';

/** Removes an account and forgets its secret; its row stays for the books. 404 `upstream_unknown`. */
export async function removeUpstream(ctx: Ctx, name: { readonly groupId: string; readonly upstreamId: string }): Promise<void> {
  allow(ctx, 'carpool.upstream.remove');
  await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, name.groupId);
    const before = await readUpstream(tx, name);
    await tx
      .update(carpoolUpstreams)
      .set({ status: 'deleted', credential: null, credentialHint: null, updatedAt: ctx.clock.now() })
      .where(eq(carpoolUpstreams.id, before.id));
    await audit(tx, ctx, {
      action: 'carpool.upstream.remove',
      target: { kind: 'upstream', id: before.id },
      groupId: group.id,
      before: auditable(toUpstreamView(before)),
    });
  });
}
