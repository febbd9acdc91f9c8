import { z } from 'zod';

export const serviceHealth = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  avg_response_time_ms: z.number().nonnegative().nullable(),
});

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
