import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';

/** A ledger file, what of its settled rows was read again, and what came of it. Counts of rows, unless said otherwise. */
export interface AuditedBook {
  readonly id: string;
  readonly nodeId: string;
  readonly state: 'open' | 'condemned' | 'closed';
  readonly rows: number;
  readonly costNanoUsd: number;
  readonly settledTo: number;
  readonly settledAt: Date | null;
  readonly heardAt: Date;
  readonly unsettled: number;
  readonly proved: number;
  readonly unproved: number;
  /** Ranges. */
  readonly differing: number;
  /** Ranges. */
  readonly withoutDetail: number;
  readonly missing: number;
  readonly late: number;
  readonly differsSince: Date | null;
  readonly isReading: boolean;
  readonly lastProof: {
    readonly from: number;
    readonly to: number;
    readonly outcome: 'same' | 'differs' | 'no_detail';
    readonly answeredAt: Date;
  } | null;
}

/** Rows of a book that are not simply proved, both ends included. */
export interface BookRangeIs {
  readonly from: number;
  readonly to: number;
  readonly is: 'unproved' | 'differs' | 'no_detail' | 'missing' | 'late';
}

const ranges = (condition: SQL) =>
  sql`coalesce(range_agg(int8range(from_seq, to_seq, '[]')) FILTER (WHERE ${condition}), '{}'::int8multirange)`;
const none = sql`'{}'::int8multirange`;
const size = (of: SQL) => sql`(SELECT coalesce(sum(upper(one) - lower(one)), 0) FROM unnest(${of}) AS one)`;
const pieces = (of: SQL) => sql`(SELECT count(*) FROM unnest(${of}) AS one)`;

// A reading that differs counts until a later one of the same rows does not; one that agreed stays good when the rows pass their time.
const judged = (where: SQL) => sql`
  WITH wanted AS (SELECT * FROM fleet_books WHERE ${where}),
  settled AS (
    SELECT book, sum(attempts) AS rows, sum(cost_nano_usd) AS cost, ${ranges(sql`kind = 'rows'`)} AS kept,
           ${ranges(sql`kind = 'missing'`)} AS missing, ${ranges(sql`late`)} AS late
      FROM fleet_batches WHERE book IN (SELECT id FROM wanted) GROUP BY book),
  contradicted AS (
    SELECT book, range_agg(rest) AS differs
      FROM fleet_proofs AS proof,
           unnest(int8multirange(int8range(from_seq, to_seq, '[]')) - (
             SELECT ${ranges(sql`outcome = 'same'`)} FROM fleet_proofs AS later
              WHERE later.book = proof.book AND later.id > proof.id)) AS rest
     WHERE outcome = 'differs' AND book IN (SELECT id FROM wanted) GROUP BY book),
  verdicts AS (
    SELECT book, ${ranges(sql`outcome = 'same'`)} AS same, ${ranges(sql`outcome = 'no_detail'`)} AS no_detail
      FROM fleet_proofs WHERE book IN (SELECT id FROM wanted) GROUP BY book),
  known AS (
    SELECT wanted.*, coalesce(rows, 0) AS rows, coalesce(cost, 0) AS cost, coalesce(kept, ${none}) AS kept,
           coalesce(missing, ${none}) AS missing, coalesce(late, ${none}) AS late, coalesce(same, ${none}) AS same,
           coalesce(differs, ${none}) AS differs, coalesce(no_detail, ${none}) AS no_detail
      FROM wanted LEFT JOIN settled ON settled.book = wanted.id LEFT JOIN verdicts ON verdicts.book = wanted.id
      LEFT JOIN contradicted ON contradicted.book = wanted.id),
  parts AS (
    SELECT *, kept * same - differs AS proved,
           (no_detail + missing + CASE WHEN state = 'condemned' THEN kept ELSE ${none} END) - same - differs AS lacking
      FROM known),
  whole AS (SELECT *, kept - proved - lacking - differs AS unproved FROM parts)`;

type Raw = Record<
  'id' | 'node_id' | 'rows' | 'cost' | 'acked_seq' | 'last_seq' | 'contact_at' | 'proved' | 'unproved' | 'differing' | 'lacking',
  string
> &
  Record<'settled_at' | 'differs_at' | 'from_seq' | 'to_seq' | 'answered_at', string | null> & {
    missing: string;
    late: string;
    state: AuditedBook['state'];
    reading: boolean;
    outcome: 'same' | 'differs' | 'no_detail' | null;
  };

/** Books of these nodes, or one book, or all; those that need a look first. The caller has checked who may know. */
export async function readAuditedBooks(
  db: Db,
  { nodeIds, book }: { readonly nodeIds?: readonly string[]; readonly book?: string } = {},
): Promise<AuditedBook[]> {
  const rows = await db.execute<Raw>(
    sql`${judged(chosen(nodeIds, book))}
        SELECT id, node_id, state, rows, cost, acked_seq, last_seq, settled_at, contact_at, differs_at, ask_from IS NOT NULL AS reading,
               ${size(sql`proved`)} AS proved, ${size(sql`unproved`)} AS unproved, ${pieces(sql`differs`)} AS differing,
               ${pieces(sql`lacking`)} AS lacking, ${size(sql`missing`)} AS missing, ${size(sql`late`)} AS late,
               last.from_seq, last.to_seq, last.outcome, last.answered_at
          FROM whole LEFT JOIN LATERAL (SELECT from_seq, to_seq, outcome, answered_at FROM fleet_proofs
                                         WHERE fleet_proofs.book = whole.id ORDER BY fleet_proofs.id DESC LIMIT 1) AS last ON true
         ORDER BY isempty(differs) AND differs_at IS NULL, state = 'open', isempty(lacking), contact_at DESC, id`,
  );
  return rows.map(bookOf);
}

/** What of one book is not simply proved, at most 100 ranges of each kind, in their order. */
export async function readBookRanges(db: Db, book: string): Promise<BookRangeIs[]> {
  const each = (of: SQL, is: BookRangeIs['is']) =>
    sql`(SELECT lower(one), upper(one), ${is}::text FROM whole, unnest(${of}) AS one ORDER BY 1 LIMIT 100)`;
  const rows = await db.execute<{ low: string; high: string; kind: BookRangeIs['is'] }>(
    sql`${judged(chosen(undefined, book))}
        SELECT low, high, is_ AS kind FROM (
          ${each(sql`unproved`, 'unproved')} UNION ALL ${each(sql`differs`, 'differs')} UNION ALL
          ${each(sql`lacking - missing`, 'no_detail')} UNION ALL ${each(sql`missing`, 'missing')} UNION ALL
          ${each(sql`late`, 'late')}) AS found (low, high, is_) ORDER BY low, is_`,
  );
  return rows.map(({ low, high, kind: is }) => ({ from: Number(low), to: Number(high) - 1, is }));
}

function chosen(nodeIds: readonly string[] | undefined, book: string | undefined): SQL {
  if (book !== undefined) return sql`id = ${book}`;
  if (nodeIds) return sql`node_id IN (SELECT jsonb_array_elements_text(${JSON.stringify(nodeIds)}::text::jsonb))`;
  return sql`true`;
}

function bookOf(row: Raw): AuditedBook {
  const { from_seq: from, to_seq: to, outcome, answered_at: answeredAt } = row;
  const settledTo = Number(row.acked_seq);
  return {
    id: row.id,
    nodeId: row.node_id,
    state: row.state,
    rows: Number(row.rows),
    costNanoUsd: Number(row.cost),
    settledTo,
    settledAt: row.settled_at === null ? null : new Date(row.settled_at),
    heardAt: new Date(row.contact_at),
    unsettled: Math.max(0, Number(row.last_seq) - settledTo),
    proved: Number(row.proved),
    unproved: Number(row.unproved),
    differing: Number(row.differing),
    withoutDetail: Number(row.lacking),
    missing: Number(row.missing),
    late: Number(row.late),
    differsSince: row.differs_at === null ? null : new Date(row.differs_at),
    isReading: row.reading,
    lastProof: outcome && answeredAt ? { from: Number(from), to: Number(to), outcome, answeredAt: new Date(answeredAt) } : null,
  };
}
