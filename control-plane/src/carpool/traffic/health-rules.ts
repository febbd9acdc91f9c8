import { type HealthRules, healthRules } from '@aicarpool/shared-protocol';
import type { FailoverChange } from '@aicarpool/shared-protocol/console';

type Conditions = Pick<FailoverChange, 'trigger_conditions' | 'recovery_conditions'>;

/** The conditions of a group in the words of its nodes; what it leaves out is as nodes do by default. */
export function healthRulesOf({ trigger_conditions: trigger, recovery_conditions: recovery }: Conditions): HealthRules {
  const minutes = recovery?.check_interval_minutes;
  return healthRules.parse({
    consecutive_failures: trigger?.consecutive_failures,
    error_rate: trigger?.error_rate_threshold,
    response_time_ms: trigger?.response_time_threshold_ms,
    consecutive_successes: recovery?.consecutive_successes,
    success_rate: recovery?.success_rate_threshold,
    check_interval_s: minutes === undefined ? undefined : Math.min(86_400, Math.max(1, Math.round(minutes * 60))),
  });
}
