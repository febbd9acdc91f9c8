import type { GroupId } from '@aicarpool/shared-protocol';
import type { NewOwnUpstream, OwnUpstreamChange, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { and, count, eq, ne } from 'drizzle-orm';
import { allow, Conflict, type Ctx, type Db, inTransaction, type Page } from '../../../kernel/index.ts';
import { carpoolUpstreams } from '../../tables.ts';
import { insertUpstream } from '../insert-upstream.ts';
import { readPage } from '../read-upstreams.ts';
import { deleteUpstream } from '../remove-upstream.ts';
import { readSecret } from '../secrets/read-secret.ts';
import { changeUpstream } from '../update-upstream.ts';
import { toUpstreamView } from '../upstream-view.ts';
import { assertOwnAccounts, lockOwnMembership, personOf, readOwnUpstream } from './own-access.ts';

/** One person, one group, one service. */
const mostPerService = 20;

/**
 * A member brings an account of his own for a service of his group: only his requests use it, and he pays it.
 * 404 `group_unknown`, 400 `own_accounts_not_used`, 409 `name_taken`.
 */
// No audit: insertUpstream, changeUpstream and deleteUpstream write the rows beside the deeds.
export async function addOwnUpstream(ctx: Ctx, wish: NewOwnUpstream): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.own');
  const secret = readSecret(wish.credential);
  return await inTransaction(ctx, async (tx) => {
    const group = await lockOwnMembership(tx, ctx, wish.group_id);
    await assertOwnAccounts(tx, group.id, wish.service_name);
    await assertRoom(tx, ctx, group.id, wish.service_name);
    const row = await insertUpstream(tx, ctx, group.id, {
      serviceId: wish.service_name,
      name: wish.name,
      authType: wish.auth_type,
      secret,
      baseUrl: null,
      priority: wish.priority,
      weight: 100,
      status: 'active',
      concurrency: wish.concurrency ?? null,
      expiresAt: wish.expires_at ? new Date(wish.expires_at) : null,
      ownerId: personOf(ctx),
    });
    return toUpstreamView(row);
  });
}

/** The caller's own accounts, in the order in which they are tried. */
export async function listOwnUpstreams(
  ctx: Ctx,
  query: Page & { readonly group_id?: GroupId | undefined },
): Promise<{ accounts: UpstreamAccount[]; total: number }> {
  allow(ctx, 'carpool.upstream.own');
  const where = and(
    eq(carpoolUpstreams.ownerId, personOf(ctx)),
    ne(carpoolUpstreams.status, 'deleted'),
    query.group_id === undefined ? undefined : eq(carpoolUpstreams.groupId, query.group_id),
  );
  return await readPage(ctx.db, where, query);
}

/** Renames an own account, replaces its secret, rests or wakes it. 404 `upstream_unknown`, or `group_unknown` to who left. */
export async function updateOwnUpstream(ctx: Ctx, upstreamId: string, change: OwnUpstreamChange): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.own');
  const { credential, ...rest } = change;
  const secret = credential === undefined ? undefined : readSecret(credential);
  return await inTransaction(ctx, async (tx) => {
    await lockOwnMembership(tx, ctx, (await readOwnUpstream(tx, ctx, upstreamId)).groupId);
    return await changeUpstream(tx, ctx, await readOwnUpstream(tx, ctx, upstreamId), { ...rest, secret });
  });
}

/** Removes an own account and forgets its secret; who left the group may as well. 404 `upstream_unknown`. */
export async function removeOwnUpstream(ctx: Ctx, upstreamId: string): Promise<void> {
  allow(ctx, 'carpool.upstream.own');
  await inTransaction(ctx, async (tx) => await deleteUpstream(tx, ctx, await readOwnUpstream(tx, ctx, upstreamId)));
}

async function assertRoom(tx: Db, ctx: Ctx, groupId: GroupId, serviceId: string): Promise<void> {
  const [held] = await tx
    .select({ count: count() })
    .from(carpoolUpstreams)
    .where(
      and(
        eq(carpoolUpstreams.groupId, groupId),
        eq(carpoolUpstreams.serviceId, serviceId),
        eq(carpoolUpstreams.ownerId, personOf(ctx)),
        ne(carpoolUpstreams.status, 'deleted'),
      ),
    );
  if ((held?.count ?? 0) < mostPerService) return;
  throw new Conflict('account_limit_reached', `nobody can have more than ${mostPerService} own accounts of a service in a group`);
}
