import type { UpstreamAccount, UpstreamChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction, type Tx } from '../../kernel/index.ts';
import { assertManager, getGroupAccess, getManagedGroup } from '../groups/group-access.ts';
import { carpoolUpstreams } from '../tables.ts';
import { auditable } from './add-upstream.ts';
import { assertFreeName } from './assert-free-name.ts';
import { type AddressPolicy, checkBaseUrl } from './base-url.ts';
import { ensureDataKey } from './data-keys.ts';
import { hintOf, readSecret } from './read-secret.ts';
import { readUpstream } from './read-upstreams.ts';
import { sealCredential } from './seal-credential.ts';
import { toUpstreamView, type UpstreamRow } from './upstream-view.ts';

interface UpstreamName {
  readonly groupId: string;
  readonly upstreamId: string;
}

/** Renames an account, replaces its secret, rests or wakes it. What is not named stays. 404 `upstream_unknown`. */
export async function updateUpstream(
  ctx: Ctx,
  policy: AddressPolicy,
  name: UpstreamName,
  change: UpstreamChange,
): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.update');
  assertManager(await getGroupAccess(ctx.db, ctx, name.groupId));
  const { serviceId } = await readUpstream(ctx.db, name);
  const secret = change.credential === undefined ? undefined : readSecret(change.credential);
  const baseUrl = change.base_url ? await checkBaseUrl(policy, serviceId, change.base_url) : change.base_url;
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, name.groupId);
    const before = await readUpstream(tx, name);
    if (change.name !== undefined && change.name !== before.name) await assertFreeName(tx, group.id, change.name);
    const [row] = await tx
      .update(carpoolUpstreams)
      .set({
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.priority === undefined ? {} : { priority: change.priority }),
        ...(change.weight === undefined ? {} : { weight: change.weight }),
        ...(change.status === undefined ? {} : { status: change.status }),
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(secret === undefined ? {} : await sealed(tx, ctx, before, secret)),
        updatedAt: ctx.clock.now(),
      })
      .where(eq(carpoolUpstreams.id, before.id))
      .returning();
    if (!row) throw new Error('an account that was just written is not there');
    const after = toUpstreamView(row);
    await audit(tx, ctx, {
      action: 'carpool.upstream.update',
      target: { kind: 'upstream', id: before.id },
      groupId: group.id,
      before: auditable(toUpstreamView(before)),
      after: { ...auditable(after), rekeyed: secret !== undefined },
    });
    return after;
  });
}

async function sealed(tx: Tx, ctx: Ctx, { id, groupId }: UpstreamRow, secret: string) {
  const dataKey = await ensureDataKey(tx, ctx, groupId);
  return { credential: sealCredential(dataKey, { upstreamId: id, groupId }, secret), credentialHint: hintOf(secret) };
}
