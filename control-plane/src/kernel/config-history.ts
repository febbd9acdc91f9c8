import { and, desc, eq, lt, lte, max, sql } from 'drizzle-orm';
import type { Db } from './db.ts';
import { cfgHistory, cfgLog } from './tables.ts';

/** A part of the config as it was after a change, without its secrets, in the column names of its table; null: gone. */
export interface ConfigState {
  readonly kind: string;
  readonly id: string;
  readonly state: Record<string, unknown> | null;
}

/** As far back a version can be restored, in milliseconds. */
export const historyKeptMs = 180 * 24 * 3_600_000;

/**
 * The oldest version of a scope of which every part is still known at `now`: parts are forgotten one by one, once they were
 * replaced 180 days ago. 0: all of them.
 */
export async function oldestVersion(tx: Db, scope: string, now: Date): Promise<number> {
  const [row] = await tx
    .select({ version: max(cfgHistory.version) })
    .from(cfgHistory)
    .where(and(eq(cfgHistory.scope, scope), lt(cfgHistory.at, new Date(now.getTime() - historyKeptMs))));
  return row?.version ?? 0;
}

/** Every part of a scope as it was at a version; what was not there yet is not given. Groups, accounts, quotas and services have a history. */
export async function configAt(tx: Db, scope: string, version: number): Promise<readonly ConfigState[]> {
  return await tx
    .selectDistinctOn([cfgHistory.kind, cfgHistory.id], { kind: cfgHistory.kind, id: cfgHistory.id, state: cfgHistory.state })
    .from(cfgHistory)
    .where(and(eq(cfgHistory.scope, scope), lte(cfgHistory.version, version)))
    .orderBy(cfgHistory.kind, cfgHistory.id, desc(cfgHistory.version));
}

/** One part of a scope as it was at a version; undefined: it was not there, or that is not known. */
export async function configStateAt(
  tx: Db,
  scope: string,
  part: { readonly kind: string; readonly id: string },
  version: number,
): Promise<Record<string, unknown> | undefined> {
  const [row] = await tx
    .select({ state: cfgHistory.state })
    .from(cfgHistory)
    .where(
      and(
        eq(cfgHistory.scope, scope),
        eq(cfgHistory.kind, part.kind),
        eq(cfgHistory.id, part.id),
        lte(cfgHistory.version, version),
      ),
    )
    .orderBy(desc(cfgHistory.version))
    .limit(1);
  return row?.state ?? undefined;
}

/** The named parts of a scope as they are now, in the same words. */
export async function configNow(
  tx: Db,
  scope: string,
  parts: readonly { readonly kind: string; readonly id: string }[],
): Promise<readonly ConfigState[]> {
  const kinds = parts.map(({ kind }) => kind);
  const ids = parts.map(({ id }) => id);
  return await tx.execute<{ kind: string; id: string; state: Record<string, unknown> | null }>(sql`
    SELECT kind, id, cfg_state(${scope}, kind, id) AS state
      FROM unnest(${sql.param(kinds)}::text[], ${sql.param(ids)}::text[]) AS part (kind, id)`);
}

export interface VersionNote {
  readonly version: number;
  readonly at: Date;
  readonly actor: { readonly kind: string; readonly id: string | null } | null;
  readonly action: string | null;
  readonly changed: readonly { readonly kind: string; readonly id: string; readonly gone: boolean }[];
}

/** The versions from `since` on in which a scope changed, newest first, with who did it as the audit of the same transaction says. */
export async function listVersions(
  db: Db,
  scope: string,
  page: { readonly since: number; readonly limit: number; readonly offset: number },
): Promise<{ readonly versions: readonly VersionNote[]; readonly total: number }> {
  const rows = await db.execute<{
    version: string;
    at: Date;
    changed: VersionNote['changed'];
    actor_kind: string | null;
    actor_id: string | null;
    action: string | null;
    total: string;
  }>(sql`
    WITH noted AS (
      SELECT version, min(at) AS at, min(xid::text)::xid8 AS xid, count(*) OVER () AS total,
             jsonb_agg(jsonb_build_object('kind', kind, 'id', id, 'gone', state IS NULL) ORDER BY kind, id) AS changed
        FROM cfg_history WHERE scope = ${scope} AND version >= ${page.since} GROUP BY version
       ORDER BY version DESC LIMIT ${page.limit} OFFSET ${page.offset})
    SELECT noted.version, noted.at, noted.changed, who.actor_kind, who.actor_id, who.action, noted.total
      FROM noted LEFT JOIN LATERAL (
        SELECT actor_kind, actor_id, action FROM kernel_audit
         WHERE kernel_audit.xid = noted.xid AND kernel_audit.at BETWEEN noted.at - interval '1 hour' AND noted.at + interval '1 hour'
         ORDER BY kernel_audit.at LIMIT 1) who ON true
     ORDER BY noted.version DESC`);
  return {
    total: Number(rows[0]?.total ?? 0),
    versions: rows.map((row) => ({
      version: Number(row.version),
      at: new Date(row.at),
      actor: row.actor_kind === null ? null : { kind: row.actor_kind, id: row.actor_id },
      action: row.action,
      changed: row.changed,
    })),
  };
}

/** The newest version in which a scope changed; 0: in none that is known. */
export async function configVersionOf(tx: Db, scope: string): Promise<number> {
  const rows = await tx.execute<{ v: string | null }>(
    sql`SELECT max(version)::text AS v FROM cfg_history WHERE scope = ${scope}`,
  );
  return Number(rows[0]?.v ?? 0);
}

/** Every value that a field of one part of a scope had at a version or since, as far back as is known. A scope that is its own part names itself. */
export async function configValues(
  tx: Db,
  scope: string,
  kind: string,
  field: string,
  since: number,
): Promise<readonly (number | null)[]> {
  const rows = await tx.execute<{ value: string | null }>(sql`
    SELECT DISTINCT state->>${field}::text AS value FROM cfg_history
     WHERE scope = ${scope} AND kind = ${kind} AND id = ${scope} AND state IS NOT NULL
       AND version >= coalesce((SELECT max(version) FROM cfg_history
                                 WHERE scope = ${scope} AND kind = ${kind} AND id = ${scope} AND version <= ${since}), 0)`);
  return rows.map(({ value }) => (value === null ? null : Number(value)));
}

/** The newest version in which this part of a scope changed, as far as the log of changes reaches; undefined: it does not say. */
export async function lastChangeOf(tx: Db, scope: string, kind: string, id: string): Promise<number | undefined> {
  const [row] = await tx
    .select({ version: max(cfgLog.version) })
    .from(cfgLog)
    .where(and(eq(cfgLog.scope, scope), eq(cfgLog.kind, kind), eq(cfgLog.id, id)));
  return row?.version ?? undefined;
}

/** Forgets what was replaced before `before`; what was in force then stays. Gives how many states went. */
export async function pruneConfigHistory(db: Db, before: Date): Promise<number> {
  const rows = await db.execute<{ count: string }>(sql`
    WITH gone AS (
      DELETE FROM cfg_history old
       WHERE EXISTS (SELECT 1 FROM cfg_history newer
                      WHERE (newer.scope, newer.kind, newer.id) = (old.scope, old.kind, old.id)
                        AND newer.version > old.version AND newer.at < ${before.toISOString()}::timestamptz)
      RETURNING 1)
    SELECT count(*)::text AS count FROM gone`);
  return Number(rows[0]?.count ?? 0);
}
