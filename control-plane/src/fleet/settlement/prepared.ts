import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { Db } from '../../kernel/db.ts';

const dialect = new PgDialect();

/**
 * Runs a statement that the server parses and plans once a connection, for those that run hundreds of times a second.
 * Its text must be the same each time: arrays go in as one parameter (`bigints`, or JSON), never spread.
 */
export async function runPrepared<Row extends object>(db: Db, query: SQL | Statement): Promise<readonly Row[]> {
  const { session } = db._;
  const built = 'params' in query ? { sql: query.sql, params: [...query.params] } : dialect.sqlToQuery(query);
  // The driver gives rows as plain objects; the caller names their shape beside the statement.
  return (await session.prepareQuery(built, undefined, 'prepared', false).execute()) as Row[];
}

const texts = new WeakMap<TemplateStringsArray, string>();

/** A statement that is nothing but text and parameters; its text is put together once. */
export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export function statement(parts: TemplateStringsArray, ...params: unknown[]): Statement {
  let text = texts.get(parts);
  if (text === undefined) {
    text = parts.reduce((whole, part, at) => `${whole}$${at}${part}`);
    texts.set(parts, text);
  }
  return { sql: text, params };
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
