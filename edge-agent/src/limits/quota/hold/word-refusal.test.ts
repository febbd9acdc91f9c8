import { type HoldRefusal, quotaResource } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { sayInstant } from './say-instant.ts';
import { codeOf, wordRefusal } from './word-refusal.ts';

const nowMs = Date.parse('2026-11-21T10:00:00Z');
const rule = (own: object = {}) =>
  quotaResource.parse({
    id: 'quo_1',
    group_id: 'g',
    of: 'key',
    subject: null,
    service: 'claude',
    unit: 'nano_usd',
    window: 'day',
    limit: 5_000_000_000,
    ...own,
  });
const estimate = { inputTokens: 1_000, outputTokens: 4_000, inputPicoUsd: 3_000_000, outputPicoUsd: 15_000_000, extraNanoUsd: 0 };
const dry = (own: Partial<HoldRefusal> = {}): HoldRefusal => ({
  reason: 'exceeded',
  quota: 'quo_1',
  subject: 'k',
  fits: 0,
  limit: 5_000_000_000,
  endsAtMs: Date.parse('2026-11-21T16:00:00Z'),
  ...own,
});

describe('a refusal', () => {
  it('says which budget is used up and when it begins anew where its group lives', () => {
    const claim = { rule: rule(), subject: 'k', amount: 63_000_000, estimate };
    const refusal = wordRefusal({ code: 'quota_exceeded', claim, refusal: dry(), timeZone: 'Asia/Shanghai', nowMs });
    expect(refusal.message).toBe(
      'this API key may use $5.00 a day of claude; all of it is used; it begins anew at 2026-11-22 00:00 +08:00',
    );
    expect(refusal).toMatchObject({
      retryAfterSeconds: 21_600,
      quota: { used: 5_000_000_000, resets_at: '2026-11-21T16:00:00.000Z' },
    });
  });

  it('says what would still fit', () => {
    const claim = { rule: rule({ unit: 'tokens', limit: 100_000, service: null }), subject: 'k', amount: 5_000, estimate };
    const refusal = wordRefusal({
      code: 'quota_too_small',
      claim,
      refusal: dry({ fits: 3_000, limit: 100_000 }),
      timeZone: 'UTC',
      nowMs,
    });
    expect(refusal.message).toContain(
      '3,000 tokens are left, and this request may need 5,000 tokens; with max_tokens of at most 2000 it would fit',
    );
    expect(refusal.quota).toMatchObject({ affordable_max_tokens: 2_000, used: 97_000, needed: 5_000 });
  });

  it('tells waiting from hopeless', () => {
    expect(codeOf(dry(), 10, 0)).toBe('quota_exceeded');
    expect(codeOf(dry(), 10, 10)).toBe('quota_in_flight');
    expect(codeOf(dry({ fits: 5 }), 10, 0)).toBe('quota_too_small');
    expect(codeOf(dry({ fits: 5 }), 10, 5)).toBe('quota_in_flight');
    expect(codeOf(dry({ reason: 'unreachable' }), 10, 5)).toBe('quota_unreachable');
  });
});

it('says instants in zones with odd offsets, and in UTC where the zone is none', () => {
  expect(sayInstant(nowMs, 'Asia/Kathmandu')).toBe('2026-11-21 15:45 +05:45');
  expect(sayInstant(nowMs, 'America/St_Johns')).toBe('2026-11-21 06:30 -03:30');
  expect(sayInstant(nowMs, 'Nowhere/Never')).toBe('2026-11-21 10:00 +00:00');
});
