import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Db } from '../../kernel/db.ts';

const dialect = new PgDialect();

/**
 * Runs a statement that the server parses and plans once a connection, for those that run hundreds of times a second.
 * Its text must be the same each time: arrays go in as one parameter (`bigints`, or JSON), never spread.
 */
export async function runPrepared<Row extends object>(db: Db, query: SQL): Promise<readonly Row[]> {
  const { session } = db._;
  // The driver gives rows as plain objects; the caller names their shape beside the statement.
  return (await session.prepareQuery(dialect.sqlToQuery(query), undefined, 'prepared', false).execute()) as Row[];
}

/** As the text of a `bigint[]`. */
export function bigints(values: Iterable<number>): string {
  return `{${[...values].join(',')}}`;
}

/** Statements that are on their way: whoever awaits them hears of their failure, and nobody else is troubled by it meanwhile. */
export function onTheirWay(writes: readonly Promise<unknown>[]): readonly Promise<unknown>[] {
  for (const write of writes) write.catch(() => undefined);
  return writes;
}
