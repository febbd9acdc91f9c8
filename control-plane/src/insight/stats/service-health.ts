import { averageMs, successRatePercent } from '@aicarpool/shared-protocol';
import type { BasicStats } from '@aicarpool/shared-protocol/console';
import type { StatsSums } from './sum-cells.ts';

const healthyFromPercent = 95;
const degradedFromPercent = 50;

/** How a service does, by the outcomes of the last hour; without outcomes nobody knows. */
export function healthOf(service: string, sums: StatsSums | undefined): BasicStats['service_health'][number] {
  const rate = sums ? successRatePercent(sums) : null;
  return {
    service_name: service,
    status: statusOf(rate),
    requests_last_hour: sums?.requests ?? 0,
    avg_response_time_ms: sums ? averageMs(sums.duration_sum_ms, sums.requests) : null,
  };
}

function statusOf(ratePercent: number | null): BasicStats['service_health'][number]['status'] {
  if (ratePercent === null) return 'unknown';
  if (ratePercent >= healthyFromPercent) return 'healthy';
  return ratePercent >= degradedFromPercent ? 'degraded' : 'unhealthy';
}
