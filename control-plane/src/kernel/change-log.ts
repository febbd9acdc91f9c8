import { and, asc, gt, inArray, lte, sql } from 'drizzle-orm';
import type { Database, Db } from './db.ts';
import type { Logger } from './log/log.ts';
import { cfgLog } from './tables.ts';

export interface Head {
  /** Changes when the database was failed over or restored into another cluster or database; versions may then be reused. */
  readonly epoch: string;
  /** Newest version; 0 before the first change. */
  readonly head: number;
}

/** Epoch and newest version, in one statement. In a REPEATABLE READ transaction it is the head of that snapshot. */
export async function currentHead(db: Db): Promise<Head> {
  const rows = await db.execute<{ head: string; epoch: string }>(sql`SELECT v::text AS head, cfg_epoch() AS epoch FROM cfg_head`);
  const [row] = rows;
  if (!row) throw new Error('cfg_head is empty: the migrations did not run');
  return { epoch: row.epoch, head: Number(row.head) };
}

export interface Change {
  readonly version: number;
  readonly scope: string;
  readonly kind: string;
  readonly id: string;
  readonly op: 'u' | 'd';
}

/** Newest change of each (scope, kind, id) with `from < version <= to` in the given scopes, oldest first. */
export async function changesSince(db: Db, scopes: readonly string[], from: number, to: number): Promise<readonly Change[]> {
  if (scopes.length === 0 || from >= to) return [];
  const rows = await db
    .select({ version: cfgLog.version, scope: cfgLog.scope, kind: cfgLog.kind, id: cfgLog.id, op: cfgLog.op })
    .from(cfgLog)
    .where(and(inArray(cfgLog.scope, [...scopes]), gt(cfgLog.version, from), lte(cfgLog.version, to)))
    .orderBy(asc(cfgLog.version), asc(cfgLog.n));
  const newest = new Map<string, Change>();
  for (const row of rows) {
    const key = `${row.scope}\0${row.kind}\0${row.id}`;
    newest.delete(key);
    newest.set(key, { ...row, version: row.version ?? 0, op: row.op === 'd' ? 'd' : 'u' });
  }
  return [...newest.values()];
}

/** Version from which the log is whole: who has less asks for full scopes. 0 while nothing was pruned. */
export async function logStartsAfter(db: Db): Promise<number> {
  const rows = await db.execute<{ start: string | null }>(sql`SELECT (min(version) - 1)::text AS start FROM cfg_log`);
  const start = rows[0]?.start;
  if (start !== null && start !== undefined) return Number(start);
  return (await currentHead(db)).head;
}

/** Deletes changes older than `before`; versions stay contiguous because only whole old versions go. Gives how many rows went. */
export async function pruneChangeLog(db: Db, before: Date): Promise<number> {
  const rows = await db.execute<{ count: string }>(sql`
    WITH gone AS (
      DELETE FROM cfg_log
       WHERE version <= (SELECT max(version) FROM cfg_log WHERE at < ${before.toISOString()}::timestamptz)
         AND version < (SELECT v FROM cfg_head)
      RETURNING 1)
    SELECT count(*)::text AS count FROM gone`);
  return Number(rows[0]?.count ?? 0);
}

export interface Listening {
  close(): Promise<void>;
}

const pollMs = 500;

/**
 * Calls `onHead` with every newer head, by NOTIFY and by a poll each 500 ms (a notification can be lost).
 * Heads come in rising order within an epoch, never twice; several commits may be one call.
 */
export async function listenForChanges(
  database: Database,
  onHead: (head: Head) => void,
  options: { readonly log: Logger; readonly pollMs?: number },
): Promise<Listening> {
  let last: Head | undefined;
  let asking: Promise<void> | undefined;
  let askAgain = false;
  let closed = false;

  const ask = async (): Promise<void> => {
    do {
      askAgain = false;
      const head = await currentHead(database.db);
      const isNew = !last || head.epoch !== last.epoch || head.head > last.head;
      if (isNew && !closed) {
        last = head;
        onHead(head);
      }
    } while (askAgain && !closed);
  };
  const wake = (): void => {
    askAgain = true;
    asking ??= ask()
      .catch((error: unknown) => options.log.debug({ error }, 'the config head could not be read; the next poll asks again'))
      .finally(() => {
        asking = undefined;
      });
  };

  wake();
  const timer = setInterval(wake, options.pollMs ?? pollMs);
  const subscription = database.sql.listen('cfg', wake, wake);
  subscription.catch((error: unknown) => options.log.warn({ error }, 'LISTEN failed; changes are noticed by polling'));
  return {
    async close() {
      closed = true;
      clearInterval(timer);
      await Promise.race([subscription.then((listening) => listening.unlisten()).catch(() => undefined), asking]);
      await asking;
    },
  };
}
