import type { RangeProof } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, jsonb, pgTable, primaryKey, text, timestamp, unique } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true });
const count = (name: string) => bigint(name, { mode: 'number' }).notNull();
const sum = (name: string) => count(name).default(0);

// Fleet's hot tables have no foreign keys among themselves: each would cost a look-up and a lock in every settlement.
// `checkInvariants` asks what the keys would.

/** One row: under which history of the database the books were last settled, and since when. Written by settlement. */
export const fleetEscrow = pgTable(
  'fleet_escrow',
  {
    one: boolean().primaryKey().default(true),
    /** "" before the first settlement. */
    epoch: text().notNull().default(''),
    /** When this epoch was first seen. */
    beganAt: instant('began_at'),
    /** Every book that may hold rights of an earlier epoch has reported in this one; null: some have not. */
    heardAllAt: instant('heard_all_at'),
  },
  (table) => [check('fleet_escrow_one', sql`${table.one}`)],
);

/** Ledger files of nodes, one an incarnation: how far they are settled. Written by settlement and by those who close books. */
export const fleetBooks = pgTable(
  'fleet_books',
  {
    id: text().primaryKey(),
    nodeId: text('node_id').notNull(),
    /** open; condemned: the file was restored or copied, and nothing of it counts any more; closed: its rights were taken back. */
    state: text({ enum: ['open', 'condemned', 'closed'] })
      .notNull()
      .default('open'),
    /** Of its newest call. */
    sessionNo: integer('session_no').notNull(),
    ackedSeq: sum('acked_seq'),
    chain: text().notNull().default(''),
    /** Newest row that the node spoke of, settled or not. */
    lastSeq: sum('last_seq'),
    /** Rows up to here were never settled: the centre forgot them, and so did the node. */
    missingTo: sum('missing_to'),
    /** Epoch in which it reported last. */
    epoch: text().notNull(),
    openedAt: instant('opened_at').notNull(),
    contactAt: instant('contact_at').notNull(),
    /** When its newest row was settled. */
    settledAt: instant('settled_at'),
    /** No right that it holds is valid after this, by any answer that it ever got. */
    rightsUntil: instant('rights_until').notNull(),
    finished: boolean().notNull().default(false),
    /** Sums of its slices and of its rows differ: since when. */
    differsAt: instant('differs_at'),
    /** The range that it is asked to read again; null: none. */
    askFrom: bigint('ask_from', { mode: 'number' }),
    askTo: bigint('ask_to', { mode: 'number' }),
    askedAt: instant('asked_at'),
    /** A reading of everything is under way and has come so far; null: none is. */
    sweepFrom: bigint('sweep_from', { mode: 'number' }),
  },
  (table) => [index('fleet_books_node').on(table.nodeId), index('fleet_books_rights').on(table.state, table.rightsUntil)],
);

/** One window of one budget: what of the limit was granted, given back and used, over all books. Written by settlement. */
export const fleetWindows = pgTable(
  'fleet_windows',
  {
    win: bigint({ mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    quotaId: text('quota_id').notNull(),
    groupId: text('group_id').notNull(),
    /** Member or key; "" for a group. */
    subject: text().notNull(),
    unit: text({ enum: ['tokens', 'nano_usd'] }).notNull(),
    window: text({ enum: ['day', 'month', 'total'] }).notNull(),
    /** null: since ever, and for ever. */
    startsAt: instant('starts_at'),
    endsAt: instant('ends_at'),
    limit: count('limit'),
    limitPeak: count('limit_peak'),
    granted: sum('granted'),
    returned: sum('returned'),
    spent: sum('spent'),
    forced: sum('forced'),
    /** Highest threshold, in percent, that was told to the people of the quota. */
    toldPercent: integer('told_percent').notNull().default(0),
    /** A request of this book waits for so much that others hold; until then they are asked to give back. */
    shortBooks: text('short_books'),
    shortAmount: count('short_amount').default(0),
    shortUntil: instant('short_until'),
  },
  (table) => [
    unique('fleet_windows_account').on(table.quotaId, table.subject, table.startsAt).nullsNotDistinct(),
    index('fleet_windows_group').on(table.groupId, table.endsAt),
    check('fleet_windows_returned', sql`${table.granted} >= 0 AND ${table.returned} BETWEEN 0 AND ${table.granted}`),
  ],
);

/** What one book has of one window. `charged` adds up what its settled rows used: it must equal `spent`. Written by settlement. */
export const fleetSlices = pgTable(
  'fleet_slices',
  {
    win: bigint({ mode: 'number' }).notNull(),
    book: text().notNull(),
    granted: sum('granted'),
    returned: sum('returned'),
    spent: sum('spent'),
    charged: sum('charged'),
    closed: boolean().notNull().default(false),
    /** By requests under way, as the node says; for display. */
    held: sum('held'),
    contactAt: instant('contact_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.win, table.book] }),
    index('fleet_slices_book').on(table.book),
    check('fleet_slices_returned', sql`${table.granted} >= 0 AND ${table.returned} BETWEEN 0 AND ${table.granted}`),
  ],
);

/** What was settled, range by range, without a gap. Written by settlement; folded into hours by `foldBatches`. */
export const fleetBatches = pgTable(
  'fleet_batches',
  {
    book: text().notNull(),
    toSeq: bigint('to_seq', { mode: 'number' }).notNull(),
    fromSeq: bigint('from_seq', { mode: 'number' }).notNull(),
    prevChain: text('prev_chain').notNull(),
    chain: text().notNull(),
    /** rows; missing: rows that neither side has any more. */
    kind: text({ enum: ['rows', 'missing'] }).notNull(),
    /** Its rights had been taken back before. */
    late: boolean().notNull().default(false),
    settledAt: instant('settled_at').notNull(),
    attempts: sum('attempts'),
    requests: sum('requests'),
    input: sum('input'),
    cacheRead: sum('cache_read'),
    cacheWrite: sum('cache_write'),
    output: sum('output'),
    costNanoUsd: sum('cost_nano_usd'),
    estimated: sum('estimated'),
    lost: sum('lost'),
  },
  (table) => [primaryKey({ columns: [table.book, table.toSeq] }), index('fleet_batches_settled').on(table.settledAt)],
);

/** The books of all nodes by hour, added up. Kept for good; written by settlement. */
export const fleetHourlyTotals = pgTable(
  'fleet_hourly_totals',
  {
    hourAt: instant('hour_at').notNull(),
    groupId: text('group_id').notNull(),
    userId: text('user_id').notNull(),
    keyId: text('key_id').notNull(),
    service: text().notNull(),
    model: text().notNull(),
    upstreamId: text('upstream_id').notNull(),
    /** "": none. */
    priceVersion: text('price_version').notNull(),
    attempts: sum('attempts'),
    requests: sum('requests'),
    successes: sum('successes'),
    timeoutErrors: sum('timeout_errors'),
    rateLimitErrors: sum('rate_limit_errors'),
    authErrors: sum('auth_errors'),
    otherErrors: sum('other_errors'),
    cancelled: sum('cancelled'),
    input: sum('input'),
    cacheRead: sum('cache_read'),
    cacheWrite: sum('cache_write'),
    output: sum('output'),
    thinking: sum('thinking'),
    costNanoUsd: sum('cost_nano_usd'),
    estimated: sum('estimated'),
    estimatedTokens: sum('estimated_tokens'),
    estimatedCostNanoUsd: sum('estimated_cost_nano_usd'),
    lost: sum('lost'),
    unpriced: sum('unpriced'),
    durationSumMs: sum('duration_sum_ms'),
    /** Bucket, count, bucket, count…: a histogram whose equal buckets may stand side by side. Read by `histogramOf`. */
    durationPairs: integer('duration_pairs').array().notNull().default([]),
  },
  (table) => [
    primaryKey({
      columns: [
        table.groupId,
        table.hourAt,
        table.userId,
        table.keyId,
        table.service,
        table.model,
        table.upstreamId,
        table.priceVersion,
      ],
    }),
    index('fleet_hourly_totals_user').on(table.userId, table.hourAt),
    index('fleet_hourly_totals_upstream').on(table.upstreamId, table.hourAt),
    index('fleet_hourly_totals_hour').on(table.hourAt),
  ],
);

/** Rows of a node by hour and group: who must answer for an answer to be complete. Written by settlement. */
export const fleetSettledCounts = pgTable(
  'fleet_settled_counts',
  {
    groupId: text('group_id').notNull(),
    hourAt: instant('hour_at').notNull(),
    nodeId: text('node_id').notNull(),
    attempts: sum('attempts'),
    requests: sum('requests'),
  },
  (table) => [
    primaryKey({ columns: [table.groupId, table.hourAt, table.nodeId] }),
    index('fleet_settled_counts_hour').on(table.hourAt),
  ],
);

/** Leases on parts of a limit on rate or concurrency. Written by `leaseShares`. */
export const fleetShares = pgTable(
  'fleet_shares',
  {
    name: text().notNull(),
    book: text().notNull(),
    nodeId: text('node_id').notNull(),
    share: count('share'),
    demand: count('demand'),
    /** When it last had more than nothing; null: never. */
    servedAt: instant('served_at'),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.book] }), index('fleet_shares_expiry').on(table.expiresAt)],
);

/** Settled ranges that nodes read again, and what came of it. Written by `takeProof`. */
export const fleetProofs = pgTable(
  'fleet_proofs',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    book: text().notNull(),
    nodeId: text('node_id').notNull(),
    fromSeq: bigint('from_seq', { mode: 'number' }).notNull(),
    toSeq: bigint('to_seq', { mode: 'number' }).notNull(),
    /** sample: at random; sweep: a part of a reading of everything. */
    kind: text({ enum: ['sample', 'sweep'] }).notNull(),
    askedAt: instant('asked_at').notNull(),
    answeredAt: instant('answered_at').notNull(),
    /** same; differs; no_detail: rows are past their time or lost, so nothing could be compared. */
    outcome: text({ enum: ['same', 'differs', 'no_detail'] }).notNull(),
    rowsSettled: count('rows_settled'),
    rowsFound: count('rows_found'),
    settled: jsonb().$type<RangeProof['sums']>().notNull(),
    found: jsonb().$type<RangeProof['sums']>().notNull(),
    chainSettled: text('chain_settled').notNull(),
    chainFound: text('chain_found').notNull(),
  },
  (table) => [index('fleet_proofs_answered').on(table.answeredAt), index('fleet_proofs_book').on(table.book, table.toSeq)],
);
