import type { BookStream, SettleBatch } from '@aicarpool/shared-protocol';
import type { Db } from '../../../kernel/db.ts';
import { runPrepared, statement } from '../prepared.ts';
import type { BookRow } from './lock-book.ts';

/** Keeps what was settled: the range, its links, and its sums for those who read the rows again. */
export async function keepBatch(db: Db, book: BookRow, batch: SettleBatch, now: Date): Promise<void> {
  const { totals } = batch;
  const of = (
    name: 'attempts' | 'requests' | 'input' | 'cache_read' | 'cache_write' | 'output' | 'cost_nano_usd' | 'estimated' | 'lost',
  ) => totals.reduce((sum, total) => sum + total[name], 0);
  await runPrepared(
    db,
    statement`INSERT INTO fleet_batches (book, from_seq, to_seq, prev_chain, chain, kind, late, settled_at, attempts, requests, input,
                                   cache_read, cache_write, output, cost_nano_usd, estimated, lost)
        VALUES (${book.id}, ${batch.from}, ${batch.to}, ${batch.prev_chain}, ${batch.chain}, 'rows', ${book.state === 'closed'},
                ${now.toISOString()}::timestamptz, ${of('attempts')}, ${of('requests')}, ${of('input')}, ${of('cache_read')},
                ${of('cache_write')}, ${of('output')}, ${of('cost_nano_usd')}, ${of('estimated')}, ${of('lost')})`,
  );
}

/** Rows that neither side has: the stream goes on behind them, and says so. */
export async function keepMissing(db: Db, book: BookRow, skipped: number, chain: string, now: Date): Promise<void> {
  await runPrepared(
    db,
    statement`INSERT INTO fleet_batches (book, from_seq, to_seq, prev_chain, chain, kind, settled_at)
        VALUES (${book.id}, ${book.acked + 1}, ${book.acked + skipped}, ${book.chain}, ${chain}, 'missing',
                ${now.toISOString()}::timestamptz)`,
  );
}

export interface BookChange {
  readonly stream: BookStream;
  readonly seq: number;
  readonly epoch: string;
  readonly missingTo: number;
  readonly rightsUntil: Date;
  readonly settled: boolean;
  readonly finished: boolean;
  readonly differs: boolean;
}

const minuteMs = 60_000;

/** A locked book was answered, though nothing of what it said was taken: its rights last from then on. */
export async function keepContact(db: Db, book: BookRow, rightsUntil: Date, now: Date): Promise<void> {
  await runPrepared(
    db,
    statement`UPDATE fleet_books
           SET contact_at = ${now.toISOString()}::timestamptz, finished = false,
               rights_until = greatest(rights_until, ${fullMinute(rightsUntil)}::timestamptz)
         WHERE id = ${book.id}`,
  );
}

/** Writes a locked book back. Its rights are kept to the full minute, so that most calls touch no index. */
export async function keepBook(db: Db, book: BookRow, change: BookChange, now: Date): Promise<void> {
  const at = now.toISOString();
  const until = fullMinute(change.rightsUntil);
  const { stream } = change;
  await runPrepared(
    db,
    statement`UPDATE fleet_books
           SET state = CASE WHEN state = 'closed' AND ${change.seq}::bigint <= ${stream.acked}::bigint THEN 'open' ELSE state END,
               session_no = ${stream.sessionNo}, acked_seq = ${stream.acked}, chain = ${stream.chain},
               last_seq = greatest(last_seq, ${change.seq}::bigint), epoch = ${change.epoch}, contact_at = ${at}::timestamptz,
               missing_to = ${change.missingTo}, rights_until = greatest(rights_until, ${until}::timestamptz),
               settled_at = CASE WHEN ${change.settled}::bool THEN ${at}::timestamptz ELSE settled_at END,
               finished = ${change.finished},
               differs_at = CASE WHEN ${change.differs}::bool THEN coalesce(differs_at, ${at}::timestamptz) ELSE differs_at END
         WHERE id = ${book.id}`,
  );
}

function fullMinute(at: Date): string {
  return new Date(Math.ceil(at.getTime() / minuteMs) * minuteMs).toISOString();
}

/** Nothing of the book counts any more; its rights stay as they are until they are surely unused. */
export async function condemnBook(db: Db, book: BookRow): Promise<void> {
  await runPrepared(db, statement`UPDATE fleet_books SET state = 'condemned' WHERE id = ${book.id}`);
}
