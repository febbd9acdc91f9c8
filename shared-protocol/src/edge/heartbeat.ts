import { z } from 'zod';

export const serviceHealth = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  avg_response_time_ms: z.number().nonnegative().nullable(),
});

/** How one account does on this node. An account that nothing is known against is left out. */
export const accountHealth = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  reason: z.string().max(200).nullable(),
  until: z.string().max(40).nullable().describe('when it is tried again, UTC instant; null: not set'),
  active_requests: z.int().nonnegative(),
  avg_response_time_ms: z.number().nonnegative().nullable(),
  success_rate: z.number().min(0).max(1).nullable().describe('of the recent requests; null: none'),
});
export type AccountHealth = z.infer<typeof accountHealth>;

/** Counters of one proxy since this process began, all but the last two. */
export const proxyHealth = z.object({
  requests: z.int().nonnegative(),
  failures: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  members: z.int().nonnegative().describe('different members that used it'),
  peak_connections: z.int().nonnegative(),
  connections: z.int().nonnegative().describe('open now'),
  latency_ms: z.number().nonnegative().nullable().describe('smoothed time to connect through it'),
  status: z.enum(['healthy', 'unhealthy']),
  groups: z
    .record(
      z.string(),
      z.object({
        requests: z.int().nonnegative(),
        failures: z.int().nonnegative(),
        recent_members: z.array(z.string()).max(1000).describe('who used it in the last two and a half minutes'),
      }),
    )
    .default({})
    .describe('the same requests by group id'),
});
export type ProxyHealth = z.infer<typeof proxyHealth>;

/** `POST /api/v1/edge-nodes/heartbeat`, every 60 s. A node that misses two is shown as offline. */
export const heartbeatRequest = z.object({
  node_id: z.string(),
  session_no: z.int().positive().optional().describe('absent: counted as a sign of life, but fences nobody'),
  status: z.enum(['active', 'draining', 'maintenance']),
  supported_groups: z.array(z.string()).max(100_000).optional().describe('groups it holds config for'),
  active_requests: z.int().nonnegative(),
  total_requests_today: z.int().nonnegative().optional().describe('client requests since midnight UTC'),
  requests_per_minute: z.number().nonnegative().optional(),
  services_health: z.record(z.string(), serviceHealth).optional(),
  accounts_health: z.record(z.string(), accountHealth).optional().describe('by upstream id; at most 5,000'),
  proxies_health: z.record(z.string(), proxyHealth).optional().describe('by proxy id'),
  config_version: z.int().nonnegative(),
  config_slot: z.enum(['current', 'previous']).optional().describe('previous: the boot guard fell back'),
  last_seq: z.int().nonnegative().optional(),
  cpu_usage_percent: z.number().nonnegative().optional(),
  memory_usage_mb: z.number().nonnegative().optional(),
  memory_usage_percent: z.number().min(0).max(100).optional().describe('of the memory that the process may use'),
  local_storage_usage: z
    .object({ database_size_mb: z.number().nonnegative(), disk_usage_percent: z.number().min(0).max(100) })
    .optional(),
});
export type HeartbeatRequest = z.infer<typeof heartbeatRequest>;

export const heartbeatAnswer = z.object({
  heartbeat_received: z.literal(true),
  config_update_available: z.boolean(),
  next_heartbeat_seconds: z.int().positive(),
  actions: z.array(z.object({ action: z.literal('update_config'), config_version: z.int().nonnegative() })),
});
export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>;
