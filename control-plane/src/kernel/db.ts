import { is, sql as sqlTag } from 'drizzle-orm';
import type { PgDatabase } from 'drizzle-orm/pg-core';
import { PgTransaction } from 'drizzle-orm/pg-core';
import { drizzle, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import postgres, { type Options, type Sql } from 'postgres';
import type { Ctx } from './context.ts';
import { Unavailable } from './errors.ts';

/** A handle that queries can run on: the pool, or a transaction (`Tx` fits wherever `Db` is asked for). */
export type Db = PgDatabase<PostgresJsQueryResultHKT, Record<string, never>>;
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

/** Where a server listens. `url` as libpq writes it; a `?host=/folder` names a Unix socket. */
export interface ServerAddress {
  readonly url: string;
}

export interface Database {
  readonly db: Db;
  readonly sql: Sql;
  close(): Promise<void>;
}

/** Opens a pool. Connections are made when first needed and made anew when they break. */
export function openDatabase(address: ServerAddress, options: Options<Record<string, never>> = {}): Database {
  const settings: Options<Record<string, never>> = {
    max: 10,
    idle_timeout: 60,
    connect_timeout: 5,
    backoff: (retries: number) => Math.min(0.5, 0.02 * 2 ** retries),
    onnotice: () => undefined,
    // Our statements are small: to compile one costs more than to run it.
    connection: {
      application_name: 'aicarpool',
      statement_timeout: 30_000,
      idle_in_transaction_session_timeout: 60_000,
      jit: 'off',
    },
    ...options,
  };
  const sql = connect(address, settings);
  return { db: drizzle(sql), sql, close: () => sql.end({ timeout: 5 }) };
}

// The driver does not read `?host=` from a URL, which is how libpq names a Unix socket.
function connect({ url }: ServerAddress, settings: Options<Record<string, never>>): Sql {
  const parsed = new URL(url);
  const socketFolder = parsed.searchParams.get('host');
  if (!socketFolder?.startsWith('/')) return postgres(url, settings);
  return postgres({
    ...settings,
    host: socketFolder,
    port: Number(parsed.searchParams.get('port') ?? 5432),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
  });
}

const maxAttempts = 4;
const retriable = new Set(['40001', '40P01']);

/**
 * Runs `work` in one transaction and gives its answer once committed. Inside another transaction it joins that one.
 * Serialization failures and deadlocks run `work` again, so it must not touch anything but the database.
 */
export async function inTransaction<T>(ctx: Pick<Ctx, 'db'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { db } = ctx;
  if (is(db, PgTransaction)) return await work(db as Tx);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (attempt >= maxAttempts || !retriable.has(sqlStateOf(error) ?? '')) throw error;
    }
  }
}

const answerMs = 2000;

/** Throws `Unavailable` unless the database answers within two seconds. */
export async function assertDatabase(db: Db): Promise<void> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(new Error('no answer in time')), answerMs);
  try {
    await Promise.race([db.execute(sqlTag`SELECT 1`), timeout.promise]);
  } catch (error) {
    throw new Unavailable('database_away', 'the database does not answer', { reason: sqlStateOf(error) ?? 'unreachable' });
  } finally {
    clearTimeout(timer);
  }
}

// Every SQLSTATE holds a digit; EPIPE, a system error of the same length, does not.
const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/;

/** The SQLSTATE behind an error of the driver or of drizzle, which wraps it as its cause; undefined for other errors. */
export function sqlStateOf(error: unknown): string | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if ('code' in current && typeof current.code === 'string' && sqlState.test(current.code)) return current.code;
  }
  return undefined;
}
