import type { GroupId, ProxyId } from '@aicarpool/shared-protocol';
import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { asc, eq, inArray } from 'drizzle-orm';
import { Conflict, type Ctx, type Db, Invalid, NotFound } from '../../kernel/index.ts';
import { carpoolGroupProxies, carpoolProxies } from '../tables.ts';
import { type ProxyRow, toProxyView } from './proxy-view.ts';
import { noFigures, readFigures } from './usage/read-figures.ts';

/** The proxy; 404 `proxy_unknown`. */
export async function readProxy(db: Db, proxyId: string): Promise<ProxyRow> {
  const [row] = await db
    .select()
    .from(carpoolProxies)
    .where(eq(carpoolProxies.id, proxyId as ProxyId));
  if (!row) throw new NotFound('proxy_unknown', 'there is no such outbound proxy');
  return row;
}

/** The same, locked until the transaction ends. */
export async function lockProxy(tx: Db, proxyId: string): Promise<ProxyRow> {
  await tx
    .select({ id: carpoolProxies.id })
    .from(carpoolProxies)
    .where(eq(carpoolProxies.id, proxyId as ProxyId))
    .for('update');
  return await readProxy(tx, proxyId);
}

export async function groupsUsing(db: Db, proxyId: ProxyId): Promise<GroupId[]> {
  const rows = await db
    .select({ groupId: carpoolGroupProxies.groupId })
    .from(carpoolGroupProxies)
    .where(eq(carpoolGroupProxies.proxyId, proxyId))
    .orderBy(asc(carpoolGroupProxies.groupId));
  return rows.map(({ groupId }) => groupId);
}

export async function viewProxies(ctx: Pick<Ctx, 'db' | 'clock'>, rows: readonly ProxyRow[]): Promise<ProxyView[]> {
  const ids = rows.map(({ id }) => id);
  const figures = await readFigures(ctx, ids);
  const uses =
    ids.length === 0 ? [] : await ctx.db.select().from(carpoolGroupProxies).where(inArray(carpoolGroupProxies.proxyId, ids));
  return rows.map((row) => {
    const groupIds = uses.filter(({ proxyId }) => proxyId === row.id).map(({ groupId }) => groupId);
    return toProxyView(row, figures.get(row.id) ?? noFigures, groupIds.sort());
  });
}

/** Throws 400 `proxy_unknown` or `proxy_inactive` unless each may be given to a group. */
export async function assertChoosable(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await db
    .select({ id: carpoolProxies.id, status: carpoolProxies.status })
    .from(carpoolProxies)
    .where(inArray(carpoolProxies.id, ids as ProxyId[]));
  const byId = new Map(rows.map((row) => [row.id as string, row.status]));
  for (const id of ids) {
    const status = byId.get(id);
    if (status === undefined) throw new Invalid('proxy_unknown', `there is no outbound proxy ${id}`);
    if (!isOpen(status)) throw new Invalid('proxy_inactive', `the outbound proxy ${id} is not active; choose another one`);
  }
}

/** May nodes use it? They decide for themselves whether it works for them. */
export function isOpen(status: ProxyRow['status']): boolean {
  return status === 'active' || status === 'error';
}

export function placeTaken(): Conflict {
  return new Conflict('proxy_taken', 'there is already an outbound proxy with this host, port and user name');
}
