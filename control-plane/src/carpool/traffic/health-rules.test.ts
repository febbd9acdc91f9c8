import { healthRules } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { healthRulesOf } from './health-rules.ts';

describe('healthRulesOf', () => {
  it('says the example of the requirements in the words of nodes', () => {
    const rules = healthRulesOf({
      trigger_conditions: { error_rate_threshold: 0.1, response_time_threshold_ms: 5000, consecutive_failures: 3 },
      recovery_conditions: { success_rate_threshold: 0.95, consecutive_successes: 5, check_interval_minutes: 5 },
    });
    expect(rules).toEqual({
      error_rate: 0.1,
      response_time_ms: 5000,
      consecutive_failures: 3,
      success_rate: 0.95,
      consecutive_successes: 5,
      check_interval_s: 300,
    });
  });

  it('leaves to the nodes what a group does not say', () => {
    expect(healthRulesOf({})).toEqual(healthRules.parse({}));
    expect(healthRulesOf({ trigger_conditions: { consecutive_failures: 7 } })).toEqual({
      ...healthRules.parse({}),
      consecutive_failures: 7,
    });
  });

  it('keeps fractions of a minute, and an interval that nodes can keep', () => {
    expect(healthRulesOf({ recovery_conditions: { check_interval_minutes: 0.5 } }).check_interval_s).toBe(30);
    expect(healthRulesOf({ recovery_conditions: { check_interval_minutes: 0.001 } }).check_interval_s).toBe(1);
  });
});
