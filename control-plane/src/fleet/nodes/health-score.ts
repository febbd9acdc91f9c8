import type { HeartbeatRequest } from '@aicarpool/shared-protocol';
import type { NodeStatus } from './node-status.ts';

const worth = { healthy: 1, degraded: 0.5, unhealthy: 0 } as const;

export interface HealthFacts {
  readonly status: NodeStatus;
  readonly heartbeat: HeartbeatRequest | null;
  readonly rejectCount: number;
}

/**
 * 0…100: the mean of its services (healthy 1, degraded ½, unhealthy 0) times 100, less 10 while it refuses config and
 * less 10 while its disk is over 90 % full; 0 for a silent node, null before the first heartbeat.
 */
export function healthScore({ status, heartbeat, rejectCount }: HealthFacts): number | null {
  if (!heartbeat) return null;
  if (status === 'inactive') return 0;
  const services = Object.values(heartbeat.services_health ?? {});
  const mean = services.length === 0 ? 1 : services.reduce((sum, service) => sum + worth[service.status], 0) / services.length;
  const fullDisk = (heartbeat.local_storage_usage?.disk_usage_percent ?? 0) > 90;
  const score = mean * 100 - (rejectCount > 0 ? 10 : 0) - (fullDisk ? 10 : 0);
  return Math.max(0, Math.round(score * 10) / 10);
}
