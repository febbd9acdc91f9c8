import type { IncomingHttpHeaders } from 'node:http';
import { type ErrorBody, readErrorBody } from './read-error-body.ts';
import { findWaitInHeaders } from './read-wait.ts';

/** What an answer says about who gave it. */
export type Verdict =
  | { readonly kind: 'well' }
  /** The caller's own mistake, or nobody's: nothing is held against anyone. */
  | { readonly kind: 'neutral' }
  /** 408, 409: the same may succeed in a moment. */
  | { readonly kind: 'again' }
  /** Not before `untilMs`, for models of this family. */
  | { readonly kind: 'limited'; readonly untilMs: number; readonly reason: string }
  /** Used up, and nobody knows (null) or somebody said until when. `scope`: the account, or this family of models. */
  | { readonly kind: 'parked'; readonly untilMs: number | null; readonly reason: string; readonly scope: 'account' | 'family' }
  | { readonly kind: 'auth_failed'; readonly reason: string; readonly scope: 'account' | 'family' }
  | { readonly kind: 'overloaded'; readonly untilMs: number | null; readonly reason: string }
  /** Connection or server trouble of the endpoint. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of the error, decoded; '' when it could not be read. */
  readonly body: string;
}

const usedUp = [
  'insufficient_quota',
  'billing_error',
  'enforced_spend_limit_reached',
  'billing_hard_limit_reached',
  'usage_limit_reached',
  'usage_not_included',
  'credit_balance_too_low',
];

/** Judges an error answer. Pure: whatever time it speaks of is counted from `nowMs`. */
export function judge({ status, headers, body }: Answered, nowMs: number): Verdict {
  const error = readErrorBody(body);
  const said = findWaitInHeaders(headers, nowMs);
  const untilMs = said ?? (error.waitMs === undefined ? null : nowMs + error.waitMs);
  if (status < 300) return { kind: 'well' };
  if (status === 401) return { kind: 'auth_failed', reason: 'http_401', scope: 'account' };
  if (status === 403) return { kind: 'auth_failed', reason: 'http_403', scope: 'family' };
  if (status === 402) return { kind: 'parked', untilMs, reason: 'http_402', scope: 'account' };
  if (status === 429) return limited(error, untilMs, nowMs);
  if (status === 400 && isOutOfCredit(error)) return { kind: 'parked', untilMs, reason: 'out_of_credit', scope: 'account' };
  if (status === 400 && error.words.has('api_key_invalid')) {
    return { kind: 'auth_failed', reason: 'api_key_invalid', scope: 'account' };
  }
  if (status === 408 || status === 409) return { kind: 'again' };
  if (status === 503 || status === 529) return { kind: 'overloaded', untilMs: said ?? null, reason: `http_${status}` };
  if (status >= 500) return { kind: 'failed', reason: `http_${status}` };
  return status < 400 ? { kind: 'failed', reason: 'upstream_rubbish' } : { kind: 'neutral' };
}

function limited(error: ErrorBody, untilMs: number | null, nowMs: number): Verdict {
  const word = usedUp.find((one) => error.words.has(one));
  if (word !== undefined) return { kind: 'parked', untilMs, reason: word, scope: 'account' };
  if (error.isDaily) return { kind: 'parked', untilMs: nextPacificMidnight(nowMs), reason: 'daily_quota', scope: 'family' };
  if (untilMs === null) return { kind: 'parked', untilMs, reason: 'http_429', scope: 'family' };
  return { kind: 'limited', untilMs, reason: 'http_429' };
}

/** Anthropic says with 400 that an account has no credit left. */
function isOutOfCredit({ message }: ErrorBody): boolean {
  return message.includes('credit balance is too low');
}

/** Google's daily quotas open at midnight in California; UTC-8 is at most an hour late. */
function nextPacificMidnight(nowMs: number): number {
  const dayMs = 86_400_000;
  const offsetMs = 8 * 3_600_000;
  return (Math.floor((nowMs - offsetMs) / dayMs) + 1) * dayMs + offsetMs;
}

const statusOfWord: ReadonlyMap<string, number> = new Map([
  ['overloaded_error', 529],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['resource_exhausted', 429],
  ['insufficient_quota', 429],
  ['usage_limit_reached', 429],
  ['billing_error', 402],
  ['authentication_error', 401],
  ['invalid_api_key', 401],
  ['unauthenticated', 401],
  ['permission_error', 403],
  ['permission_denied', 403],
  ['not_found_error', 404],
  ['not_found', 404],
  ['model_not_found', 404],
  ['request_too_large', 413],
  ['invalid_request_error', 400],
  ['invalid_argument', 400],
  ['failed_precondition', 400],
  ['invalid_prompt', 400],
  ['context_length_exceeded', 400],
  ['timeout_error', 504],
  ['deadline_exceeded', 504],
  ['unavailable', 503],
  ['server_is_overloaded', 503],
  ['slow_down', 503],
]);

/** The status that an error should have had which came with 200: by its words, else by a code that is a status; else 500. */
export function statusOfError(body: string): number {
  const { words, status } = readErrorBody(body);
  for (const word of words) {
    const known = statusOfWord.get(word);
    if (known !== undefined) return known;
  }
  return status !== undefined && status >= 400 && status <= 599 ? status : 500;
}
