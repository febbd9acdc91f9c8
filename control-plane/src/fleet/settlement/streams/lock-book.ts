import type { SettleRequest } from '@aicarpool/shared-protocol';
import type { Head } from '../../../kernel/change-log.ts';
import type { Db } from '../../../kernel/db.ts';
import { runPrepared, statement } from '../prepared.ts';

export interface BookRow {
  readonly id: string;
  readonly nodeId: string;
  readonly state: 'open' | 'condemned' | 'closed';
  readonly sessionNo: number;
  readonly acked: number;
  readonly chain: string;
  readonly epoch: string;
  readonly missingTo: number;
  readonly differs: boolean;
  readonly ask: { readonly from: number; readonly to: number; readonly askedAtMs: number } | null;
  readonly sweepFrom: number | null;
}

/** The moment in which a call is settled. */
export interface Moment {
  readonly head: Head;
  readonly sessionNo: number;
  readonly isRetired: boolean;
  /** Epoch of the settlement before this. */
  readonly settledEpoch: string;
  readonly beganAtMs: number;
  readonly heardAll: boolean;
}

interface RawBook {
  id: string;
  node_id: string;
  state: BookRow['state'];
  session_no: number;
  acked_seq: string;
  chain: string;
  epoch: string;
  missing_to: string;
  differs: boolean;
  ask_from: string | null;
  ask_to: string | null;
  asked_ms: number | null;
  sweep_from: string | null;
}

/** Locks the row of a book: from here on nobody else writes it, its slices or its batches. Undefined: it was never heard of. */
export async function findAndLockBook(db: Db, book: string): Promise<BookRow | undefined> {
  const [row] = await runPrepared<RawBook>(
    db,
    statement`SELECT id, node_id, state, session_no, acked_seq, chain, epoch, missing_to, differs_at IS NOT NULL AS differs,
               ask_from, ask_to, (extract(epoch FROM asked_at) * 1000)::float8 AS asked_ms, sweep_from
          FROM fleet_books WHERE id = ${book} FOR UPDATE`,
  );
  return row && bookOf(row);
}

/** Makes a book that was never heard of, and locks it. Another call may be faster; then its book is given. */
export async function openBook(db: Db, nodeId: string, request: SettleRequest, epoch: string, now: Date): Promise<BookRow> {
  const at = now.toISOString();
  await runPrepared(
    db,
    statement`INSERT INTO fleet_books (id, node_id, session_no, epoch, opened_at, contact_at, rights_until)
        VALUES (${request.books}, ${nodeId}, ${request.session_no}, ${epoch}, ${at}::timestamptz, ${at}::timestamptz, ${at}::timestamptz) ON CONFLICT DO NOTHING`,
  );
  const book = await findAndLockBook(db, request.books);
  if (!book) throw new Error('a book vanished while it was opened');
  return book;
}

/** Session of the node, newest config and epoch of the books, as of now. */
export async function readMoment(db: Db, nodeId: string): Promise<Moment> {
  const [row] = await runPrepared<{
    session_no: number;
    retired: boolean;
    settled_epoch: string;
    began_ms: number | null;
    heard_all: boolean;
    epoch: string;
    head: string;
  }>(
    db,
    // Tables of one row are asked as such: joined, a planner without statistics expects thousands of each.
    statement`SELECT session_no, retired_at IS NOT NULL AS retired, cfg_epoch() AS epoch, (SELECT v FROM cfg_head) AS head,
               escrow.epoch AS settled_epoch, (extract(epoch FROM escrow.began_at) * 1000)::float8 AS began_ms,
               escrow.heard_all_at IS NOT NULL AS heard_all
          FROM fleet_nodes, (SELECT * FROM fleet_escrow LIMIT 1) AS escrow WHERE id = ${nodeId}`,
  );
  if (!row) throw new Error('a node vanished while it settled');
  return {
    head: { epoch: row.epoch, head: Number(row.head) },
    sessionNo: row.session_no,
    isRetired: row.retired,
    settledEpoch: row.settled_epoch,
    beganAtMs: row.began_ms ?? 0,
    heardAll: row.heard_all,
  };
}

function bookOf(row: RawBook): BookRow {
  const { ask_from: from, ask_to: to, asked_ms: askedAtMs } = row;
  return {
    id: row.id,
    nodeId: row.node_id,
    state: row.state,
    sessionNo: row.session_no,
    acked: Number(row.acked_seq),
    chain: row.chain,
    epoch: row.epoch,
    missingTo: Number(row.missing_to),
    differs: row.differs,
    ask: from === null || to === null ? null : { from: Number(from), to: Number(to), askedAtMs: askedAtMs ?? 0 },
    sweepFrom: row.sweep_from === null ? null : Number(row.sweep_from),
  };
}
