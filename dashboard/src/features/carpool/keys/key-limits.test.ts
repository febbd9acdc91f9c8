import type { UserKey } from '@aicarpool/shared-protocol/console';
import { describe, expect, it } from 'vitest';
import { keyLimitsIn, limitsOf } from './key-limits.ts';

const nothing = {
  token_limit: null,
  rate_limit_requests: null,
  rate_limit_window: null,
  tokens_per_minute: null,
  concurrency: null,
  enable_model_restriction: false,
  restricted_models: null,
  denied_models: [],
  denied_features: [],
  ip_allowlist: null,
};

describe('the limits of a key', () => {
  it('are none where every box is empty', () => {
    expect(keyLimitsIn(new FormData())).toEqual(nothing);
  });

  it('hold what was typed', () => {
    const fields = new FormData();
    const typed = {
      concurrency: '3',
      restricted_models: 'claude-*\ngpt-5',
      denied_models: 'o1*',
      ip_allowlist: '203.0.113.7, 10.0.0.0/8',
      web_search: 'on',
    };
    for (const [name, value] of Object.entries(typed)) fields.set(name, value);
    expect(keyLimitsIn(fields)).toEqual({
      ...nothing,
      concurrency: 3,
      enable_model_restriction: true,
      restricted_models: ['claude-*', 'gpt-5'],
      denied_models: ['o1*'],
      denied_features: ['web_search'],
      ip_allowlist: ['203.0.113.7', '10.0.0.0/8'],
    });
  });

  it('are counted where a key has them', () => {
    const key = { ...nothing, restricted_models: [] } as unknown as UserKey;
    expect(limitsOf(key)).toEqual([]);
    expect(limitsOf({ ...key, rate_limit_requests: 9, denied_models: ['o1'], ip_allowlist: ['::1'] })).toEqual([
      'requests',
      'models',
      'addresses',
    ]);
  });
});
