import { oc } from '@orpc/contract';
import { z } from 'zod';
import { ok, pageQuery, pagination } from './envelope.ts';
import { statsReport } from './stats-report.ts';

const count = z.int().nonnegative();
const ms = z.number().nonnegative();
const utc = z.string().describe('UTC instant, ISO 8601');
const id = z.string().min(1).max(64);
const flag = z.union([z.boolean(), z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')]);

const day = z
  .string()
  .max(40)
  .describe('a date in the time zone of the answer (2025-07-15; as an end it is included), or an instant (2025-07-15T08:00:00Z)');
const granularity = z.enum(['hour', 'day', 'month']);

/** What may be asked of statistics. Without dates: the last seven days with today. */
const range = {
  start_date: day.optional(),
  end_date: day.optional(),
  tz: z.string().max(64).optional().describe('IANA name; default: the time zone of the group'),
};
const statsQuery = {
  ...range,
  granularity: granularity.default('day').describe('at most 1000 buckets'),
  service_name: z.string().min(1).max(64).optional(),
  model: z.string().min(1).max(200).optional(),
  key_id: id.optional(),
  include_user_breakdown: flag.default(false).describe('managers and admins; at most 100 buckets'),
  include_key_breakdown: flag.default(false).describe('managers and admins; at most 100 buckets'),
  force_refresh: flag.default(false).describe('ask the nodes now, and keep the new answer'),
  timeout: z.coerce.number().min(1).max(30).optional().describe('seconds; default 3 within the last 24 hours, else 10'),
};
const groupParams = { groupId: id };

/** A statistics answer; `warnings` says in sentences what `data.warning_codes` says in codes. */
const statsReply = ok(statsReport).extend({ warnings: z.array(z.string()) });

const health = z.enum(['healthy', 'degraded', 'unhealthy', 'unknown']);

/** Cheap figures for a screen that is always open. */
const basicStats = z.object({
  query_info: z.object({
    cached: z.boolean(),
    cache_age_seconds: count,
    nodes_alive: count,
    nodes_total: count,
    nodes_responded: count,
    data_completeness: z.number(),
    as_of: utc,
    cache_expires_at: utc,
    tz: z.string(),
  }),
  real_time_metrics: z.object({
    active_requests: count
      .nullable()
      .describe('in flight on the nodes of the group, by their last heartbeats; null: none is alive'),
    total_requests_today: count.describe('since midnight in tz'),
    current_success_rate: z.number().nullable().describe('last hour'),
    avg_response_time_last_hour: ms.nullable(),
  }),
  service_health: z.array(
    z.object({
      service_name: z.string(),
      status: health.describe('by the outcomes of the last hour; unknown: no requests'),
      requests_last_hour: count,
      avg_response_time_ms: ms.nullable(),
    }),
  ),
});

const exportStatus = z.enum(['processing', 'completed', 'failed', 'timeout']);

const nodeStats = z.object({
  node_info: z.object({ node_id: z.string(), node_name: z.string(), last_heartbeat: utc.nullable(), state: z.string() }),
  query_info: statsReport.shape.query_info,
  statistics: z.object({
    total_requests: count,
    success_count: count,
    error_count: count,
    avg_response_time_ms: ms.nullable(),
    by_service: statsReport.shape.by_service,
    time_series: statsReport.shape.time_series,
  }),
});

const keyUsage = z.object({
  key_info: z.object({ id: z.string(), name: z.string(), token_limit: count.nullable() }),
  query_info: statsReport.shape.query_info,
  usage_stats: z.object({
    total_requests: count,
    total_tokens: count,
    total_cost: z.number(),
    tokens_by_model: z.record(z.string(), count),
    daily_breakdown: z.array(
      z.object({ date: z.string(), requests: count, tokens: count, cost: z.number(), expected: count, reported: count }),
    ),
  }),
});

const auditRow = z.object({
  id: z.string(),
  at: utc,
  actor_kind: z.string(),
  actor_id: z.string().nullable(),
  action: z.string(),
  target_kind: z.string(),
  target_id: z.string(),
  group_id: z.string().nullable(),
  request_id: z.string(),
  address: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
});
export type AuditRow = z.infer<typeof auditRow>;
export type BasicStats = z.infer<typeof basicStats>;

const tags = ['Statistics'];
const auditTags = ['Audit'];

/** Looking at it all: how much was used, by whom, how complete that answer is, and who changed what. */
export const insightContract = {
  groupStats: oc
    .route({ method: 'GET', path: '/carpool/groups/{groupId}/ai-services/stats', tags, summary: 'Usage of a group' })
    .input(z.object({ ...groupParams, ...statsQuery }))
    .output(statsReply),
  adminStats: oc
    .route({ method: 'GET', path: '/admin/stats', tags, summary: 'Usage of all groups together' })
    .input(z.object(statsQuery))
    .output(statsReply),
  basicStats: oc
    .route({ method: 'GET', path: '/carpool/groups/{groupId}/ai-services/basic-stats', tags, summary: 'A few live figures' })
    .input(z.object({ ...groupParams, force_refresh: flag.default(false) }))
    .output(ok(basicStats).extend({ warnings: z.array(z.string()) })),
  requestExport: oc
    .route({
      method: 'POST',
      path: '/carpool/groups/{groupId}/ai-services/stats/async',
      tags,
      summary: 'Have statistics worked out in the background',
      successStatus: 202,
    })
    .input(
      z.object({
        ...groupParams,
        ...range,
        granularity: granularity.default('day'),
        service_name: statsQuery.service_name,
        key_id: statsQuery.key_id,
        include_user_breakdown: flag.default(false),
        include_key_breakdown: flag.default(false),
        include_model_breakdown: flag.default(false).describe('csv: one line for each model'),
        export_format: z.enum(['json', 'csv']).default('json'),
      }),
    )
    .output(
      ok(
        z.object({
          query_id: z.string(),
          status: exportStatus,
          estimated_completion: utc,
          progress: count.max(100),
          poll_url: z.string(),
        }),
      ),
    ),
  exportStatus: oc
    .route({ method: 'GET', path: '/queries/{queryId}/status', tags, summary: 'How far a background query is' })
    .input(z.object({ queryId: id }))
    .output(
      ok(
        z.object({
          query_id: z.string(),
          status: exportStatus,
          progress: count.max(100),
          started_at: utc.nullable(),
          completed_at: utc.nullable(),
          result_url: z.string().nullable(),
          result_expires_at: utc.nullable(),
          error: z.string().nullable(),
        }),
      ),
    ),
  exportResult: oc
    .route({
      method: 'GET',
      path: '/queries/{queryId}/result',
      tags,
      summary: 'What a background query found: JSON, or a CSV file',
    })
    .input(z.object({ queryId: id }))
    .output(z.union([statsReply, z.file()])),
  nodeStats: oc
    .route({ method: 'GET', path: '/edge-nodes/{nodeId}/stats', tags, summary: 'What one node served' })
    .input(
      z.object({
        nodeId: id,
        ...range,
        granularity: z.enum(['hour', 'day']).default('day'),
        force_refresh: statsQuery.force_refresh,
        timeout: statsQuery.timeout,
      }),
    )
    .output(ok(nodeStats).extend({ warnings: z.array(z.string()) })),
  keyUsage: oc
    .route({ method: 'GET', path: '/user/api-keys/{keyId}/usage', tags, summary: 'What a key used' })
    .input(
      z.object({
        keyId: id,
        ...range,
        period: z.enum(['day', 'week', 'month']).default('week').describe('the last 1, 7 or 30 days with today'),
        force_refresh: statsQuery.force_refresh,
      }),
    )
    .output(ok(keyUsage).extend({ warnings: z.array(z.string()) })),
  listAudit: oc
    .route({ method: 'GET', path: '/audit', tags: auditTags, summary: 'Who did what; a manager sees his group' })
    .input(
      pageQuery.extend({
        action: z.string().max(100).optional().describe('an action, or the begin of one that ends in a dot: carpool.key.'),
        actor_id: id.optional(),
        target_kind: z.string().max(40).optional(),
        target_id: id.optional(),
        group_id: id.optional(),
        from: utc.optional(),
        to: utc.optional(),
      }),
    )
    .output(ok(z.object({ entries: z.array(auditRow), pagination }))),
};
