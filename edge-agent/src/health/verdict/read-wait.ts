import type { IncomingHttpHeaders } from 'node:http';

/** What an upstream may make us wait at most, whatever it says. */
export const longestWaitMs = 24 * 3_600_000;
/** Windows of subscriptions end at most a week from now. */
export const longestResetMs = 8 * 24 * 3_600_000;
const shortestWaitMs = 1_000;

/** When an upstream wants to be asked again, by its headers; undefined: it does not say. Absurd values are capped. */
export function findWaitInHeaders(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const byMs = waitFrom(numberIn(headers['retry-after-ms']), 1);
  const untilMs = byMs === undefined ? retryAfter(headers['retry-after'], nowMs) : nowMs + byMs;
  return untilMs ?? findReset(headers, nowMs);
}

function retryAfter(value: string | string[] | undefined, nowMs: number): number | undefined {
  const text = one(value);
  if (text === undefined) return undefined;
  const waitMs = waitFrom(numberIn(text), 1_000);
  if (waitMs !== undefined) return nowMs + waitMs;
  const atMs = looksLikeDate(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : clamp(atMs, nowMs, longestWaitMs);
}

/** Of the limits that are used up the one that opens last; of limits that say nothing about what is left, the first. */
function findReset(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  let usedUp: number | undefined;
  let any: number | undefined;
  for (const name in headers) {
    if (!isReset(name)) continue;
    const atMs = readReset(one(headers[name]), nowMs);
    if (atMs === undefined) continue;
    const left = numberIn(headers[name.replace('reset', 'remaining')]);
    if (left === 0) usedUp = Math.max(usedUp ?? 0, atMs);
    else if (left === undefined) any = Math.min(any ?? Number.POSITIVE_INFINITY, atMs);
  }
  return usedUp ?? any;
}

function isReset(name: string): boolean {
  if (name.startsWith('anthropic-ratelimit-')) return name.endsWith('-reset');
  return name.startsWith('x-ratelimit-reset');
}

/** An instant (ISO 8601, or Unix seconds or milliseconds), or how long from now: `6m0s`, `1.5s`, `250ms`, `20`. */
function readReset(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const number = numberIn(text);
  if (number !== undefined) {
    if (number > 1e11) return clamp(number, nowMs, longestResetMs);
    return clamp(number > 1e9 ? number * 1_000 : nowMs + number * 1_000, nowMs, longestResetMs);
  }
  const waitMs = readDuration(text);
  if (waitMs !== undefined) return clamp(nowMs + waitMs, nowMs, longestResetMs);
  const atMs = looksLikeDate(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : clamp(atMs, nowMs, longestResetMs);
}

const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** `1h2m3.5s`, `250ms`; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  if (text.length > 40 || !/^(?:\d+(?:\.\d+)?(?:ms|[dhms]))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g))
    totalMs += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  return totalMs;
}

function waitFrom(value: number | undefined, unit: number): number | undefined {
  return value === undefined ? undefined : Math.min(longestWaitMs, Math.max(shortestWaitMs, value * unit));
}

function numberIn(value: string | string[] | undefined): number | undefined {
  const text = one(value);
  if (text === undefined || !/^\d{1,30}(?:\.\d{1,30})?$/.test(text)) return undefined;
  return Number(text);
}

function one(value: string | string[] | undefined): string | undefined {
  const text = typeof value === 'string' ? value : value?.[0];
  return text === undefined || text === '' || text.length > 100 ? undefined : text.trim();
}

/** `Date.parse` makes something of nearly anything; only what begins as a date is one. */
function looksLikeDate(text: string): boolean {
  return /^(?:\d{4}-\d\d-\d\dT|[A-Z][a-z]{2,8},? )/.test(text);
}

function clamp(atMs: number, nowMs: number, longestMs: number): number {
  return Math.min(nowMs + longestMs, Math.max(nowMs + shortestWaitMs, Math.ceil(atMs)));
}
