import type { UpstreamId } from '@aicarpool/shared-protocol';
import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { and, asc, count, eq, ne } from 'drizzle-orm';
import { allow, type Ctx, type Db, NotFound, offsetOf, type Page } from '../../kernel/index.ts';
import { assertManager, getGroupAccess } from '../groups/group-access.ts';
import { carpoolUpstreams } from '../tables.ts';
import { toUpstreamView, type UpstreamRow } from './upstream-view.ts';

interface UpstreamName {
  readonly groupId: string;
  readonly upstreamId: string;
}

/** Accounts of a group, in the order in which they are tried, for its managers. */
export async function listUpstreams(
  ctx: Ctx,
  query: Page & { readonly groupId: string; readonly service_name?: string | undefined },
): Promise<{ accounts: UpstreamAccount[]; total: number }> {
  allow(ctx, 'carpool.upstream.read');
  const access = await getGroupAccess(ctx.db, ctx, query.groupId);
  assertManager(access);
  const where = and(
    eq(carpoolUpstreams.groupId, access.group.id),
    ne(carpoolUpstreams.status, 'deleted'),
    query.service_name === undefined ? undefined : eq(carpoolUpstreams.serviceId, query.service_name),
  );
  const [counted] = await ctx.db.select({ count: count() }).from(carpoolUpstreams).where(where);
  const rows = await ctx.db
    .select()
    .from(carpoolUpstreams)
    .where(where)
    .orderBy(asc(carpoolUpstreams.priority), asc(carpoolUpstreams.id))
    .limit(query.limit)
    .offset(offsetOf(query));
  return { accounts: rows.map(toUpstreamView), total: counted?.count ?? 0 };
}

/** One account, for managers of its group. 404 `upstream_unknown`. */
export async function getUpstream(ctx: Ctx, name: UpstreamName): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.read');
  assertManager(await getGroupAccess(ctx.db, ctx, name.groupId));
  return toUpstreamView(await readUpstream(ctx.db, name));
}

export async function readUpstream(db: Db, { groupId, upstreamId }: UpstreamName): Promise<UpstreamRow> {
  const [row] = await db
    .select()
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.id, upstreamId as UpstreamId), ne(carpoolUpstreams.status, 'deleted')));
  if (row?.groupId !== groupId) throw new NotFound('upstream_unknown', 'the group has no such account');
  return row;
}
