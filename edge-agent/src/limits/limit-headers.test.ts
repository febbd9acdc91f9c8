import { expect, it } from 'vitest';
import { limitHeaders } from './limit-headers.ts';

const minute = { limit: 100, remaining: 10, windowMs: 60_000, wholeInMs: 54_000 };
const day = { limit: 1_000, remaining: 40, windowMs: 86_400_000, wholeInMs: 82_944_000 };
const at = Date.parse('2026-11-21T10:00:00.000Z');
const mapOf = (flat: readonly string[]) =>
  new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]] as const] : [])));

it('tells Anthropic clients both limits and how much of the tighter one is used', () => {
  const headers = mapOf(limitHeaders('anthropic-messages', { requests: minute, tokens: { ...minute, remaining: 80 } }, at));
  expect(headers.get('anthropic-ratelimit-requests-remaining')).toBe('10');
  expect(headers.get('anthropic-ratelimit-requests-reset')).toBe('2026-11-21T10:00:54.000Z');
  expect(headers.get('anthropic-ratelimit-tokens-remaining')).toBe('80');
  expect(headers.get('anthropic-ratelimit-unified-status')).toBe('allowed');
  expect(headers.get('anthropic-ratelimit-unified-overage-utilization')).toBe('0.90');
  expect(headers.has('anthropic-ratelimit-unified-overage-surpassed-threshold')).toBe(false);
});

it('gives Claude Code a threshold to show when a long window runs out', () => {
  const headers = mapOf(limitHeaders('anthropic-messages', { requests: day, tokens: undefined }, at));
  expect(headers.get('anthropic-ratelimit-unified-status')).toBe('allowed_warning');
  expect(headers.get('anthropic-ratelimit-unified-overage-surpassed-threshold')).toBe('0.95');
  expect(headers.get('anthropic-ratelimit-unified-reset')).toBe(String(at / 1000 + Math.ceil(86_400 * 0.96)));
});

it("tells OpenAI clients in OpenAI's names, and Codex its own besides", () => {
  const room = { requests: minute, tokens: undefined };
  const chat = mapOf(limitHeaders('openai-chat', room, at));
  expect([...chat]).toEqual([
    ['x-ratelimit-limit-requests', '100'],
    ['x-ratelimit-remaining-requests', '10'],
    ['x-ratelimit-reset-requests', '54s'],
  ]);
  const codex = mapOf(limitHeaders('openai-responses', room, at));
  expect(codex.get('x-codex-primary-used-percent')).toBe('90');
  expect(codex.get('x-codex-primary-window-minutes')).toBe('1');
});

it('is silent where nothing is limited, and to Gemini, whose clients read no such header', () => {
  expect(limitHeaders('anthropic-messages', { requests: undefined, tokens: undefined }, at)).toEqual([]);
  expect(limitHeaders('gemini', { requests: minute, tokens: undefined }, at)).toEqual([]);
});
