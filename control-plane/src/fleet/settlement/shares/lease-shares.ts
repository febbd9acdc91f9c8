import { leaseMs, type ShareHolder, type ShareLease, type ShareWish, shareOut } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction, type Tx } from '../../../kernel/db.ts';
import { runPrepared } from '../prepared.ts';

const lockSpace = 727_274_004;

interface RawShare {
  name: string;
  book: string;
  share: string;
  demand: string;
  served_ms: number | null;
  until_ms: number;
}

/** The first part of the name of a limit; "" where none is named. */
export function groupOfLimit(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf('|')));
}

/**
 * Leases parts of limits to one book for 30 seconds. The parts that are leased at any moment never add up to more than the
 * limit, on however many replicas they are asked for.
 */
// No allow: settlement asked, and left out the limits of groups that the node does not serve. No audit: leases come and go by themselves.
export async function leaseShares(ctx: Ctx, nodeId: string, book: string, wishes: readonly ShareWish[]): Promise<ShareLease[]> {
  const byName = new Map(wishes.map((wish) => [wish.name, wish]));
  if (byName.size === 0) return [];
  return await inTransaction(ctx, async (tx) => {
    const nowMs = ctx.clock.now().getTime();
    const names = [...byName.keys()].sort();
    const holders = await lockHolders(tx, names);
    const leases: ShareLease[] = [];
    const kept: (ShareHolder & { readonly name: string })[] = [];
    for (const [name, wish] of byName) {
      const known = holders.get(name) ?? [];
      const question = { node: book, limit: wish.limit, demand: wish.demand, used: wish.used };
      const nodes = known.map(({ node }) => node);
      const { state, share, safe } = shareOut({ limit: wish.limit, holders: known }, question, nowMs, nodes);
      const own = state.holders.find(({ node }) => node === book);
      if (own) kept.push({ ...own, name });
      leases.push({ name, share, safe, lease_s: leaseMs / 1000 });
    }
    await keepHolders(tx, nodeId, kept);
    return leases;
  });
}

/** Locks the limits by their names, always in the same order, and gives who has parts of them or lately had. */
async function lockHolders(tx: Tx, names: readonly string[]): Promise<ReadonlyMap<string, ShareHolder[]>> {
  const asked = JSON.stringify(names);
  await runPrepared(
    tx,
    sql`SELECT pg_advisory_xact_lock(${lockSpace}::int, place) FROM (
          SELECT DISTINCT hashtext(name) AS place FROM jsonb_array_elements_text(${asked}::text::jsonb) AS name ORDER BY 1) AS places`,
  );
  const rows = await runPrepared<RawShare>(
    tx,
    sql`SELECT name, book, share, demand, (extract(epoch FROM served_at) * 1000)::float8 AS served_ms,
               (extract(epoch FROM expires_at) * 1000)::float8 AS until_ms
          FROM fleet_shares WHERE name IN (SELECT jsonb_array_elements_text(${asked}::text::jsonb))`,
  );
  const byName = Map.groupBy(rows, ({ name }) => name);
  return new Map(
    [...byName].map(([name, raw]) => [
      name,
      raw.map(({ book, share, demand, served_ms, until_ms }) => ({
        node: book,
        share: Number(share),
        demand: Number(demand),
        untilMs: until_ms,
        servedAtMs: served_ms ?? 0,
      })),
    ]),
  );
}

async function keepHolders(tx: Tx, nodeId: string, kept: readonly (ShareHolder & { readonly name: string })[]): Promise<void> {
  const rows = kept.map(({ name, node, share, demand, untilMs, servedAtMs }) => ({
    name,
    book: node,
    share,
    demand,
    until_ms: untilMs,
    served_ms: servedAtMs,
  }));
  await runPrepared(
    tx,
    sql`INSERT INTO fleet_shares (name, book, node_id, share, demand, served_at, expires_at)
        SELECT name, book, ${nodeId}::text, share, demand, to_timestamp(nullif(served_ms, 0) / 1000.0), to_timestamp(until_ms / 1000.0)
          FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
               AS next (name text, book text, share bigint, demand bigint, served_ms bigint, until_ms bigint)
        ON CONFLICT (name, book) DO UPDATE
           SET share = excluded.share, demand = excluded.demand, served_at = excluded.served_at, expires_at = excluded.expires_at`,
  );
}

const keepMs = 10 * 60_000;

/** Deletes leases that ended long ago; until then their holders count among those who may come back. */
export async function forgetShares(ctx: Ctx): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - keepMs).toISOString();
  await ctx.db.execute(sql`DELETE FROM fleet_shares WHERE expires_at < ${before}::timestamptz`);
}
