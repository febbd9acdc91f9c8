import { z } from 'zod';
import { histogram } from '../figures/histogram.ts';
import { nanoUsd } from '../money.ts';

const count = z.int().nonnegative();
const instant = z.string().max(40).describe('UTC instant, ISO 8601');

/** What a cell of an answer stands for; `bucket` is the index into `edges`. */
export const statsDimension = z.enum(['bucket', 'group', 'service', 'model', 'key', 'user']);
export type StatsDimension = z.infer<typeof statsDimension>;

/**
 * A question to a node's books, sent as a `query` event. The control plane has already narrowed `filter` to
 * what the asker may see. `edges` cut the time: n+1 instants make n half-open buckets [edge, next edge).
 */
export const statsQuestion = z.object({
  question_id: z.string().max(64),
  edges: z.array(instant).min(2).max(1001),
  filter: z.object({
    group_ids: z.array(z.string()).nullable().describe('null: every group; []: none'),
    key_ids: z.array(z.string()).nullable(),
    user_ids: z.array(z.string()).nullable(),
    services: z.array(z.string()).nullable(),
  }),
  by: z.array(statsDimension).max(6).describe('[]: one cell for everything'),
  deadline_ms: z.int().positive().max(60_000).describe('answer within this; what is done by then is sent with `partial`'),
});
export type StatsQuestion = z.infer<typeof statsQuestion>;

/**
 * One cell: sums over the client requests that ended in the bucket. All are sums, `max_ms`, `min_ms` and
 * the histogram aside, so cells of many nodes add up. A request counts once, whatever attempts it took.
 */
export const statsCell = z.object({
  bucket: z.int().nonnegative().optional(),
  group: z.string().optional(),
  service: z.string().optional(),
  model: z.string().optional(),
  key: z.string().optional(),
  user: z.string().optional(),
  requests: count.describe('client requests that reached an upstream'),
  attempts: count.describe('upstream attempts; at least one a request'),
  successes: count,
  timeout_errors: count,
  rate_limit_errors: count,
  auth_errors: count,
  other_errors: count,
  cancelled: count.describe('the client hung up first; neither success nor error'),
  input: count,
  cache_read: count,
  cache_write: count,
  output: count,
  thinking: count,
  cost_nano_usd: nanoUsd,
  estimated: count.describe('attempts whose usage the provider did not state in full'),
  lost: count.describe('requests open when the node died; booked by estimate'),
  unpriced: count.describe('requests whose model has no known price; their cost is not in the sum'),
  duration_sum_ms: count,
  max_ms: count,
  min_ms: count.nullable(),
  durations: histogram,
  last_at: instant.nullable(),
});
export type StatsCell = z.infer<typeof statsCell>;

/** `POST /api/v1/edge-nodes/answers`. */
export const statsAnswer = z.object({
  session_no: z.int().positive(),
  question_id: z.string().max(64),
  outcome: z.enum(['complete', 'partial', 'failed']),
  message: z.string().max(500).optional().describe('why it is partial or failed'),
  covered_from: instant.nullable().describe('the oldest instant the books still hold in this detail; null: empty books'),
  approximate: z.boolean().describe('some buckets cut through hours or days of which only sums are kept'),
  rows: count.describe('final rows behind the cells'),
  last_seq: count,
  cells: z.array(statsCell).max(200_000),
});
export type StatsAnswer = z.infer<typeof statsAnswer>;
