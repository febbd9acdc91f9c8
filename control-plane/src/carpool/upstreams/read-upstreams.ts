import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { and, asc, count, eq, inArray, isNull, ne, or, type SQL } from 'drizzle-orm';
import { allow, type Ctx, type Db, offsetOf, type Page } from '../../kernel/index.ts';
import { assertManager, getGroupAccess, isAdministrator } from '../groups/group-access.ts';
import { carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { readUpstream, type UpstreamName } from './upstream-access.ts';
import { toUpstreamView, type UpstreamRow } from './upstream-view.ts';

/**
 * Accounts of a group, in the order in which they are tried, for its managers. Members' own accounts are shown to
 * themselves and to administrators.
 */
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
    visibleTo(ctx),
  );
  return await readPage(ctx.db, where, query);
}

function visibleTo(ctx: Ctx): SQL | undefined {
  if (isAdministrator(ctx)) return undefined;
  const own = ctx.actor.kind === 'user' ? eq(carpoolUpstreams.ownerId, ctx.actor.userId) : undefined;
  return or(isNull(carpoolUpstreams.ownerId), own);
}

/** One account, for managers of its group. 404 `upstream_unknown`. */
export async function getUpstream(ctx: Ctx, name: UpstreamName): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.read');
  assertManager(await getGroupAccess(ctx.db, ctx, name.groupId));
  return await viewUpstream(ctx.db, await readUpstream(ctx.db, ctx, name));
}

export async function readPage(
  db: Db,
  where: SQL | undefined,
  page: Page,
): Promise<{ accounts: UpstreamAccount[]; total: number }> {
  const [counted] = await db.select({ count: count() }).from(carpoolUpstreams).where(where);
  const rows = await db
    .select()
    .from(carpoolUpstreams)
    .where(where)
    .orderBy(asc(carpoolUpstreams.priority), asc(carpoolUpstreams.id))
    .limit(page.limit)
    .offset(offsetOf(page));
  return { accounts: await viewUpstreams(db, rows), total: counted?.count ?? 0 };
}

export async function viewUpstream(db: Db, row: UpstreamRow): Promise<UpstreamAccount> {
  const [view] = await viewUpstreams(db, [row]);
  return view ?? toUpstreamView(row);
}

async function viewUpstreams(db: Db, rows: readonly UpstreamRow[]): Promise<UpstreamAccount[]> {
  const ids = rows.filter((row) => row.authType === 'oauth').map((row) => row.id);
  const signIns = ids.length === 0 ? [] : await db.select().from(carpoolSignIns).where(inArray(carpoolSignIns.upstreamId, ids));
  const byId = new Map(signIns.map((signIn) => [signIn.upstreamId, signIn]));
  return rows.map((row) => toUpstreamView(row, byId.get(row.id) ?? null));
}
