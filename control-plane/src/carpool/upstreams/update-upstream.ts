import type { UpstreamAccount, UpstreamChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, Forbidden, inTransaction } from '../../kernel/index.ts';
import { assertManager, getGroupAccess, getManagedGroup } from '../groups/group-access.ts';
import { assertChoosable } from '../proxies/proxy-access.ts';
import { tellProxies } from '../proxies/tell-proxies.ts';
import { carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { assertFreeName } from './assert-free-name.ts';
import { type AddressPolicy, checkBaseUrl } from './base-url.ts';
import { auditable } from './insert-upstream.ts';
import { viewUpstream } from './read-upstreams.ts';
import { ensureDataKey } from './secrets/data-keys.ts';
import { hintOf, readSecret } from './secrets/read-secret.ts';
import { sealCredential } from './secrets/seal-credential.ts';
import { isOwnerOf, readUpstream, type UpstreamName } from './upstream-access.ts';
import type { UpstreamRow } from './upstream-view.ts';

/** Renames an account, replaces its secret, rests or wakes it. What is not named stays. 404 `upstream_unknown`. */
export async function updateUpstream(
  ctx: Ctx,
  policy: AddressPolicy,
  name: UpstreamName,
  change: UpstreamChange,
): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.update');
  assertManager(await getGroupAccess(ctx.db, ctx, name.groupId));
  const checked = await checkChange(policy, (await readUpstream(ctx.db, ctx, name)).serviceId, change);
  return await inTransaction(ctx, async (tx) => {
    await getManagedGroup(tx, ctx, name.groupId);
    return await changeUpstream(tx, ctx, await readUpstream(tx, ctx, name), checked);
  });
}

/** A change whose parts from outside were looked at; the secret is still in clear. */
export type CheckedChange = Omit<UpstreamChange, 'credential'> & { readonly secret: string | undefined };

async function checkChange(policy: AddressPolicy, serviceId: string, change: UpstreamChange): Promise<CheckedChange> {
  const { credential, ...rest } = change;
  const secret = credential === undefined ? undefined : readSecret(credential);
  const baseUrl = rest.base_url ? await checkBaseUrl(policy, serviceId, rest.base_url) : rest.base_url;
  return { ...rest, base_url: baseUrl, secret };
}

/** Writes a change of an account and its audit row into the caller's transaction, which has locked the group. */
export async function changeUpstream(tx: Db, ctx: Ctx, before: UpstreamRow, change: CheckedChange): Promise<UpstreamAccount> {
  const { secret } = change;
  if (before.ownerId !== null && !isOwnerOf(ctx, before)) assertOnlyStatus(change);
  if (change.name !== undefined && change.name !== before.name) await assertFreeName(tx, before.groupId, change.name);
  const moves = change.proxy_resource_id !== undefined && change.proxy_resource_id !== before.proxyId;
  if (moves && change.proxy_resource_id) await assertChoosable(tx, [change.proxy_resource_id]);
  const [row] = await tx
    .update(carpoolUpstreams)
    .set({
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.priority === undefined ? {} : { priority: change.priority }),
      ...(change.weight === undefined ? {} : { weight: change.weight }),
      ...(change.status === undefined ? {} : { status: change.status }),
      ...(change.base_url === undefined ? {} : { baseUrl: change.base_url }),
      ...(change.concurrency === undefined ? {} : { concurrency: change.concurrency }),
      ...(change.proxy_resource_id === undefined ? {} : { proxyId: change.proxy_resource_id }),
      ...(change.expires_at === undefined ? {} : { expiresAt: change.expires_at === null ? null : new Date(change.expires_at) }),
      ...(secret === undefined ? {} : await sealed(tx, ctx, before, secret)),
      updatedAt: ctx.clock.now(),
    })
    .where(eq(carpoolUpstreams.id, before.id))
    .returning();
  if (!row) throw new Error('an account that was just written is not there');
  if (moves) await tellProxies(tx, ctx, before.groupId);
  // A token that is set by hand is not one that can be refreshed.
  if (secret !== undefined) await tx.delete(carpoolSignIns).where(eq(carpoolSignIns.upstreamId, before.id));
  const after = await viewUpstream(tx, row);
  await audit(tx, ctx, {
    action: 'carpool.upstream.update',
    target: { kind: 'upstream', id: before.id },
    groupId: before.groupId,
    before: auditable(await viewUpstream(tx, before)),
    after: { ...auditable(after), rekeyed: secret !== undefined },
  });
  return after;
}

async function sealed(tx: Db, ctx: Ctx, { id, groupId }: UpstreamRow, secret: string) {
  const dataKey = await ensureDataKey(tx, ctx, groupId);
  const credential = sealCredential(dataKey, { upstreamId: id, groupId }, secret);
  return { credential, credentialHint: hintOf(secret), secretSetAt: ctx.clock.now() };
}

// An administrator may stop what belongs to somebody else, not remake it.
function assertOnlyStatus({ status: _status, ...others }: CheckedChange): void {
  if (Object.values(others).every((value) => value === undefined)) return;
  throw new Forbidden('not_yours', 'this account belongs to a member; others can only rest, wake or remove it');
}
