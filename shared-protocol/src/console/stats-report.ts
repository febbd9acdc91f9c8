import { z } from 'zod';
import { usd } from './envelope.ts';

const count = z.int().nonnegative();
const ms = z.number().nonnegative();
const utc = z.string().describe('UTC instant, ISO 8601');

/** Requests that failed, by why. */
const errors = z.object({ total: count, timeout: count, rate_limit: count, auth: count, other: count });

/** What is known beside requests, tokens and cost, the same in the summary and in every breakdown. */
const parts = z.object({
  success_rate: z.number().min(0).max(100).nullable().describe('percent of the requests that had an outcome; null: none had'),
  avg_response_time_ms: ms.nullable(),
  max_response_time_ms: ms,
  min_response_time_ms: ms.nullable(),
  p50_response_time_ms: ms.nullable().describe('from merged histograms, at most 1 % off'),
  p95_response_time_ms: ms.nullable(),
  p99_response_time_ms: ms.nullable(),
  success_count: count,
  attempts: count.describe('tries at upstreams; a request that failed over counts more than one'),
  errors,
  cancelled: count.describe('the client hung up first; neither success nor error'),
  input_tokens: count.describe('without cache reads and writes'),
  cache_read_tokens: count,
  cache_write_tokens: count,
  output_tokens: count.describe('thinking included'),
  thinking_tokens: count,
  estimated_requests: count.describe('usage estimated, for the provider did not state it in full; failed attempts count as well'),
  lost_requests: count.describe('open when a node died; booked by estimate'),
  unpriced_requests: count.describe('no known price; their cost is not in the sum'),
  last_request_at: utc.nullable(),
});

/** The whole answer in one line. `total_requests` counts client requests, `total_tokens` all input and all output. */
export const statsSummary = parts.extend({
  total_requests: count,
  total_tokens: count,
  total_cost: usd,
  total_cost_nano_usd: count,
});

const shares = parts.extend({ requests: count, tokens: count, cost: usd, cost_nano_usd: count });
const small = z.object({ requests: count, tokens: count, cost: usd });

export const serviceShare = shares.extend({ service_name: z.string() });
export const modelShare = shares.extend({ model: z.string() });
export const groupShare = shares.extend({ group_id: z.string() });
export const userShare = shares.extend({ user_id: z.string() });
export const keyShare = shares.extend({ key_id: z.string(), user_id: z.string() });

/** `reported` < `expected`: a lower bound; `reported` 0 of more: unknown. A node is expected where it existed. */
export const timePoint = small.extend({
  timestamp: utc.describe('begin of the bucket'),
  until: utc.describe('its end, not in it'),
  expected: count.describe('nodes that existed then'),
  reported: count.describe('those of them that answered'),
  by_service: z.record(z.string(), small),
});

export const nodeDetail = z.object({
  node_id: z.string(),
  node_name: z.string(),
  state: z.string().describe('of the node: active, offline, retired …'),
  status: z.enum(['responded', 'timeout', 'offline', 'failed']),
  response_time_ms: z.int().nonnegative().nullable(),
  last_seen: utc.nullable(),
  data_range: z.string().optional().describe('what its answer covers: "2025-07-15 to 2025-07-22"'),
  requests: count.optional(),
  partial: z.boolean().optional().describe('it ran out of time and sent what it had'),
  error: z.string().optional(),
});

export const statsWarning = z.object({
  code: z.enum([
    'node_timeout',
    'node_offline',
    'node_failed',
    'node_retired',
    'answer_partial',
    'history_cut',
    'edges_approximate',
    'usage_estimated',
    'requests_lost',
    'price_unknown',
    'nothing_answered',
    'no_nodes',
    'ask_again',
  ]),
  message: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
});

/** How an answer came about. nodes_queried = responded + timeout + offline + failed. */
export const queryInfo = z.object({
  cached: z.boolean(),
  cache_age_seconds: z.int().nonnegative().describe('0 when live'),
  query_time_ms: z.int().nonnegative(),
  data_completeness: z
    .number()
    .min(0)
    .max(1)
    .describe(
      'nodes of which all is known / nodes_queried: they answered in full, or the settled books hold it; 1 when no node exists',
    ),
  nodes_queried: count.describe('nodes that serve or ever served what was asked for'),
  nodes_responded: count,
  nodes_timeout: count,
  nodes_offline: count,
  nodes_failed: count,
  cache_expires_at: utc,
  as_of: utc.describe('when the nodes were asked'),
  source: z.enum(['live', 'cache']),
  estimated_share: z.number().min(0).max(1),
  tier: z.enum(['realtime', 'history']),
  granularity: z.enum(['hour', 'day', 'month']),
  tz: z.string(),
  start: utc,
  end: utc.describe('not in it; of a range that reaches the present: the end of the current bucket'),
});

export const statsReport = z.object({
  query_info: queryInfo,
  summary: statsSummary,
  by_service: z.array(serviceShare),
  by_model: z.array(modelShare),
  by_group: z.array(groupShare).optional(),
  by_user: z.array(userShare).optional(),
  by_key: z.array(keyShare).optional(),
  time_series: z.array(timePoint),
  node_details: z.array(nodeDetail),
  warning_codes: z.array(statsWarning),
});

export type StatsSummary = z.infer<typeof statsSummary>;
export type StatsParts = z.infer<typeof parts>;
export type StatsShares = z.infer<typeof shares>;
export type StatsReport = z.infer<typeof statsReport>;
export type TimePoint = z.infer<typeof timePoint>;
export type NodeDetail = z.infer<typeof nodeDetail>;
export type QueryInfo = z.infer<typeof queryInfo>;
export type StatsWarning = z.infer<typeof statsWarning>;
