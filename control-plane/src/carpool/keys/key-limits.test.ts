import { describe, expect, it } from 'vitest';
import { hashOfKey, newKeyText } from './key-format.ts';
import { limitsAfter, noLimits } from './key-limits.ts';

describe('limitsAfter', () => {
  it('keeps what the wish leaves out, and takes null as no limit', () => {
    const before = limitsAfter(noLimits, {
      token_limit: 5,
      rate_limit_requests: 2,
      rate_limit_window: 60,
      expires_at: '2027-01-01T00:00:00+08:00',
    });
    expect(before).toMatchObject({
      tokenLimit: 5,
      rateLimitRequests: 2,
      rateLimitWindowS: 60,
      expiresAt: new Date('2026-12-31T16:00:00Z'),
    });
    expect(limitsAfter(before, {})).toEqual(before);
    expect(limitsAfter(before, { token_limit: null, expires_at: null })).toMatchObject({
      tokenLimit: null,
      expiresAt: null,
      rateLimitRequests: 2,
    });
  });

  it('denies models and features, and limits tokens a minute and requests at once', () => {
    const wish = { denied_models: ['*-preview'], denied_features: ['vision', 'tools', 'vision'] as const, concurrency: 2 };
    const before = limitsAfter(noLimits, { ...wish, denied_features: [...wish.denied_features], tokens_per_minute: 9 });
    expect(before).toMatchObject({
      deniedModels: ['*-preview'],
      deniedFeatures: ['tools', 'vision'],
      tokensPerMinute: 9,
      concurrency: 2,
    });
    expect(limitsAfter(before, { denied_models: null, concurrency: null })).toMatchObject({
      deniedModels: [],
      deniedFeatures: ['tools', 'vision'],
      tokensPerMinute: 9,
      concurrency: null,
    });
  });

  it('restricts models when they are named, unless the switch says otherwise', () => {
    expect(limitsAfter(noLimits, { restricted_models: ['a'] })).toMatchObject({ restrictsModels: true, restrictedModels: ['a'] });
    expect(limitsAfter(noLimits, { restricted_models: ['a'], enable_model_restriction: false })).toMatchObject({
      restrictsModels: false,
    });
    expect(limitsAfter(noLimits, { enable_model_restriction: true })).toMatchObject({
      restrictsModels: true,
      restrictedModels: [],
    });
    expect(limitsAfter(noLimits, { restricted_models: [] })).toMatchObject({ restrictsModels: false });
  });

  it('refuses half a rate limit and addresses that are none', () => {
    expect(() => limitsAfter(noLimits, { rate_limit_requests: 1 })).toThrow(
      expect.objectContaining({ code: 'rate_limit_incomplete' }),
    );
    expect(() => limitsAfter(noLimits, { ip_allowlist: ['10.0.0.0/8', 'home'] })).toThrow(
      expect.objectContaining({ code: 'address_malformed', details: { wrong: ['home'] } }),
    );
  });
});

describe('newKeyText', () => {
  it('makes 256 random bits that a double click selects', () => {
    const made = Array.from({ length: 200 }, newKeyText);
    for (const { text, hash, hint } of made) {
      expect(text).toMatch(/^acp_[0-9a-hjkmnp-tv-z]{52}$/);
      expect(hash).toBe(hashOfKey(text));
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(text.endsWith(hint)).toBe(true);
    }
    expect(new Set(made.map(({ text }) => text)).size).toBe(200);
    for (let at = 4; at < 55; at += 1) expect(new Set(made.map(({ text }) => text[at])).size).toBeGreaterThan(20);
  });
});
