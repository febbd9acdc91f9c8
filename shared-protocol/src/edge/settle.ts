import { z } from 'zod';
import { settledTotal } from '../figures/settled-total.ts';
import { quotaUnit, quotaWindow } from './config/quota.ts';

const count = z.int().nonnegative();
const id = z.string().max(64);
const instant = z.string().max(40);
const chain = z.string().max(64).describe('head of the hash chain, hex; "" before the first row');

/** Rows `from`…`to` of one book, exactly once. The node keeps a batch as it is until it is acknowledged. */
export const settleBatch = z.object({
  from: z.int().positive(),
  to: z.int().positive(),
  prev_chain: chain.describe('at from - 1'),
  chain: chain.describe('at to'),
  totals: z.array(settledTotal).max(2000),
  charged: z
    .array(z.tuple([z.int().positive(), count]))
    .max(5000)
    .describe('what these rows used, by window: [win, amount]; its running sum is `spent` of the slice'),
});
export type SettleBatch = z.infer<typeof settleBatch>;

/** What one book has of one window. All counters are sums since the window began and only grow; the centre keeps the largest it heard. */
export const sliceReport = z.object({
  win: z.int().positive(),
  granted: count.describe('the largest it was told'),
  returned: count.describe('durable on the node before it is sent'),
  spent: count.describe('of the rows up to `batch.to`, or else up to the last acknowledged one'),
  held: count.describe('by requests under way; for display only'),
  need: count.describe('a request waits for this much more; 0: none does'),
  target: count.describe('what it would like to have unspent by these counters, what is held included'),
  receipt: z
    .string()
    .max(200)
    .nullable()
    .describe('the newest; said when it is of another epoch than the newest that the books were told'),
  receipt_epoch: z.string().max(64).optional().describe('in which the receipt was given; said with it'),
});
export type SliceReport = z.infer<typeof sliceReport>;

/** A window that the node has no number of. */
export const windowWish = z.object({
  quota: id,
  subject: z.string().max(64).describe('member or key; "" for a group'),
  next: z.boolean().describe('the window after the current one, so that it can be used the moment it begins'),
  need: count,
  target: count,
});
export type WindowWish = z.infer<typeof windowWish>;

/** A lease on a part of a limit that is not used up but shared: requests or tokens in a sliding window, requests at once. */
export const shareWish = z.object({
  name: z.string().max(200).describe('`<group>|<whose: group, member, key, upstream>|<id>|<requests, tokens or concurrency>`'),
  limit: z.int().positive().describe('of all nodes together, as the config of the node says'),
  demand: count.describe('what it used or wanted of it in the last window'),
  used: count.default(0).describe('of concurrency: by requests under way, which cannot be taken back'),
});
export type ShareWish = z.infer<typeof shareWish>;

/** What the rows of a range add up to when they are read again, long after they were settled. */
export const rangeProof = z.object({
  from: z.int().positive(),
  to: z.int().positive(),
  chain: chain.describe('at to, computed anew from the rows; "" where rows are missing or contradict it'),
  rows: count.describe('found on disk; fewer than the range has: the others are past their time, or lost'),
  sums: z.object({
    requests: count,
    input: count,
    cache_read: count,
    cache_write: count,
    output: count,
    cost_nano_usd: count,
    estimated: count,
    lost: count,
  }),
});
export type RangeProof = z.infer<typeof rangeProof>;

/**
 * `POST /api/v1/edge-nodes/settle`: the books of one ledger file, and its rights. Idempotent: the same bytes may
 * come any number of times and in any order.
 */
export const settleRequest = z.object({
  session_no: z.int().positive(),
  books: id.describe('incarnation: names the ledger file'),
  epoch: z
    .string()
    .max(64)
    .describe(
      'newest that the books were told; "": none yet. When it is not that of the centre, the question is only answered, not taken: ask again with receipts',
    ),
  seq: count.describe('newest row in the file, settled or not'),
  chain: chain.describe('at seq'),
  base: z.object({ seq: count, chain }).describe('the row before the oldest that it still has; a new book has 0 and ""'),
  batch: settleBatch.nullable(),
  slices: z.array(sliceReport).max(2000),
  open: z.array(windowWish).max(500),
  shares: z.array(shareWish).max(500),
  proof: rangeProof.nullable().default(null).describe('the answer to `audit` of an earlier answer'),
  last: z.boolean().default(false).describe('the node is being shut down for good: everything unspent was returned'),
});
export type SettleRequest = z.infer<typeof settleRequest>;

export const sliceGrant = z.object({
  win: z.int().positive(),
  granted: count.describe('sum of all grants to this book in this window'),
  returned: count
    .optional()
    .describe('the largest that the centre counts; more than the node knows of: its disk is older, or the slice was closed'),
  limit: count.describe('of the window, now'),
  left: count.describe('of the limit that nobody holds or has spent; for display and refusals'),
  recallable: count
    .optional()
    .describe('where a need was not met: what other books do not use and could give back; for refusals'),
  recall: z.boolean().describe('give back what is not needed: another node waits for it, or the limit was lowered'),
  closed: z.boolean().describe('nothing may be used of it any more'),
  receipt: z.string().max(200).describe('proof of `granted`, by this epoch'),
});
export type SliceGrant = z.infer<typeof sliceGrant>;

export const openedWindow = z.object({
  quota: id,
  subject: z.string().max(64),
  next: z.boolean(),
  win: z.int().positive(),
  unit: quotaUnit,
  window: quotaWindow,
  starts_at: instant.nullable().describe('null: since ever'),
  ends_at: instant.nullable().describe('null: never'),
});
export type OpenedWindow = z.infer<typeof openedWindow>;

export const shareLease = z.object({
  name: z.string().max(200),
  share: count.describe('of the limit, until the lease ends'),
  safe: count.describe('after that: what it may assume while nobody answers'),
  lease_s: z.int().positive(),
});
export type ShareLease = z.infer<typeof shareLease>;

/**
 * `status` speaks of the batch. ok and dup: everything up to `acked` is settled. gap: send on from `acked` + 1.
 * fork: the rows are not those that were settled before (a restored or copied disk): set this file aside and begin
 * new books; nothing of it counts any more. A restored file is told so before it ever sends a batch.
 */
export const settleAnswer = z.object({
  status: z.enum(['ok', 'dup', 'gap', 'fork']),
  acked: count,
  epoch: z.string().max(64),
  learning: z.boolean().describe('the centre was restored and grants nothing until it has heard from the others'),
  grants: z.array(sliceGrant),
  opened: z.array(openedWindow),
  refused: z
    .array(z.object({ quota: id, subject: z.string().max(64), reason: z.string().max(40) }))
    .describe('wishes that named no quota of this node'),
  recalling: z.boolean().describe('`need` could not be met yet, and others were asked to give back: ask again in 100 ms'),
  shares: z.array(shareLease).describe('none on limits of groups that the node does not serve'),
  shared_by: z
    .array(z.object({ group: id, nodes: z.int().min(2) }))
    .max(10_000)
    .optional()
    .describe('groups of this node that other nodes serve too: of a shared limit without a lease it takes its equal part'),
  audit: z
    .object({ from: z.int().positive(), to: z.int().positive() })
    .nullable()
    .describe('settled rows to be read again and added up; null: nothing is asked'),
  hold_s: z.int().positive().describe('how long rights stay valid after the moment at which this question was sent'),
  report_s: z.int().positive(),
  center_time: instant,
});
export type SettleAnswer = z.infer<typeof settleAnswer>;
