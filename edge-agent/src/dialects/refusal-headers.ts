import { type Refusal, refusals } from '@aicarpool/shared-protocol';

const defaultRetrySeconds = 5;
/** Claude Code waits for less than a minute; SDKs would sleep through more, or ask again at once. */
const patienceSeconds = 60;

/** Seconds to wait before asking again; null where asking again cannot help or no wait is known to. */
export function retrySeconds(refusal: Refusal): number | null {
  if (refusal.retryAfterSeconds !== undefined) return Math.max(1, Math.ceil(refusal.retryAfterSeconds));
  const { status } = refusals[refusal.code];
  return status === 429 || status === 503 ? defaultRetrySeconds : null;
}

/** `x-should-retry: false` stops Anthropic and OpenAI SDKs; Codex gives up at once on a 429 without `retry-after`. */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  const seconds = retrySeconds(refusal);
  if (seconds !== null) headers['retry-after'] = String(seconds);
  if (!refusals[refusal.code].retry || (seconds ?? 0) > patienceSeconds) headers['x-should-retry'] = 'false';
  return headers;
}
