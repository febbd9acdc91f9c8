import { type Refusal, refusals } from '@aicarpool/shared-protocol';
import { longestWaitMs } from '../../health/health.ts';
import { callerHeaders } from '../../upstreams/response-headers.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, Failure, Reply } from '../exchange.ts';
import { refuse } from '../refuse.ts';
import { addOwn } from '../relay/answer-head.ts';
import { errorAnswer } from './error-answer.ts';
import { hideSecret } from './hide-secret.ts';

/** Clients wait for less than a minute; what takes longer is the people's to decide. */
const patienceMs = 60_000;
/** Where nobody said for how long: Codex gives up or storms without any. */
const shortWaitMs = 5_000;

export interface LastWord {
  /** All candidates rest until then at least; null: somebody may be asked now. */
  readonly restsUntilMs: number | null;
  /** This node tried more than once: the caller need not. */
  readonly isTried: boolean;
}

/** Tells the caller that nobody did better: in the words of the last upstream, or where it said nothing, in our own. */
export function answerFailure(agent: Agent, attempt: Attempt, failure: Failure, last: LastWord): void {
  const { call } = attempt;
  const { reply } = failure;
  const waitMs = last.restsUntilMs === null ? null : Math.max(1_000, last.restsUntilMs - agent.nowMs());
  if (!reply) {
    const retryAfterSeconds = waitMs === null ? undefined : Math.ceil(waitMs / 1_000);
    const waits = retryAfterSeconds !== undefined && refusals[failure.refusal.code].status === 503;
    refuse(
      agent,
      call,
      call.dialect.dialect,
      waits ? { ...failure.refusal, retryAfterSeconds } : failure.refusal,
      last.isTried ? { 'x-should-retry': 'false' } : {},
    );
    return;
  }
  const { response } = call;
  if (response.destroyed || response.headersSent) return;
  const written = write(attempt, reply);
  const headers = withAdvice(written, failure, waitMs, last.isTried);
  headers.push('content-length', String(written.body.length));
  addOwn(agent, attempt, headers);
  response.writeHead(written.status, headers);
  response.end(written.body);
}

interface Written {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Its own bytes where they are an error of the caller's API, and nothing but that. */
function write({ call, candidate }: Attempt, said: Reply): Written {
  const reply = hideSecret(said, candidate.upstream.secret());
  const error = errorAnswer(call, reply);
  if (!error) return { status: reply.status, headers: callerHeaders(reply.headers), body: reply.body };
  return { status: error.status, headers: Object.entries(error.headers).flat(), body: Buffer.from(error.body) };
}

const advice = ['retry-after', 'retry-after-ms', 'x-should-retry'];

/** `retry-after` says when somebody of this group may be asked again; the upstream knows only of itself. */
function withAdvice(written: Written, failure: Failure, waitMs: number | null, isTried: boolean): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < written.headers.length; at += 2) {
    const name = written.headers[at] ?? '';
    if (!advice.includes(name)) out.push(name, written.headers[at + 1] ?? '');
  }
  const { status } = written;
  const upstream = failure.reply?.headers ?? {};
  const isLater = status === 408 || status === 409 || status === 429 || status >= 500;
  const isBusy = status === 429 || status === 503 || status === 529;
  const ownMs = isLater ? (waitMs ?? ownWaitMs(upstream) ?? (isBusy ? shortWaitMs : null)) : null;
  if (ownMs !== null) out.push('retry-after', String(Math.ceil(ownMs / 1_000)));
  const hasWait = status === 429 && ownMs !== null && ownMs <= patienceMs;
  const should = isBeyondWaiting(failure) ? 'false' : shouldRetry(upstream['x-should-retry'], ownMs, hasWait, isTried);
  if (should !== undefined) out.push('x-should-retry', should);
  return out;
}

/** A credential of ours that is bad, or an account that is empty, stays so whatever the caller does. */
function isBeyondWaiting({ verdict }: Failure): boolean {
  return verdict.kind === 'auth_failed' || (verdict.kind === 'parked' && verdict.reason !== 'http_429');
}

/** A short wait that is known is worth waiting for; SDKs would sleep through a long one, or not wait at all. */
function shouldRetry(said: unknown, waitMs: number | null, hasWait: boolean, isTried: boolean): string | undefined {
  if (hasWait) return said === 'false' ? said : undefined;
  if (isTried || (waitMs !== null && waitMs > patienceMs)) return 'false';
  return said === 'true' || said === 'false' ? said : undefined;
}

function ownWaitMs(headers: Reply['headers']): number | null {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN);
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  const waitMs = Number.isFinite(ms) ? ms : seconds * 1_000;
  return Number.isFinite(waitMs) && waitMs >= 0 ? Math.min(longestWaitMs, Math.max(1_000, waitMs)) : null;
}

/** Nobody was asked, for everybody rests. */
export function refusalOfRest(untilMs: number, isLimited: boolean, nowMs: number): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil((untilMs - nowMs) / 1_000));
  if (isLimited) {
    const message = `every account that could answer has used up its limit; the first one opens in ${retryAfterSeconds} s`;
    return { code: 'upstream_limited', message, retryAfterSeconds };
  }
  return { code: 'upstream_none', message: 'no account of this group can answer just now', retryAfterSeconds };
}
