import { type Refusal, refusals } from '@aicarpool/shared-protocol';
import type { WrittenRefusal } from '../../dialects/index.ts';
import { longestWaitMs } from '../../health/health.ts';
import { callerHeaders } from '../../upstreams/response-headers.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, Failure, Reply } from '../exchange.ts';
import { refuse } from '../refuse.ts';
import { addOwn } from '../relay/answer-head.ts';
import { decodeBody } from '../relay/decode-body.ts';

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

function write({ call }: Attempt, { status, headers, body, request }: Reply): Written {
  const { answer, translateError } = request;
  const isGood = status < 300;
  if (isGood && answer) {
    const text = answer.push(decodeBody(body, headers['content-encoding'])) + answer.end('end');
    return { status, headers: ['content-type', answer.contentType], body: Buffer.from(text) };
  }
  if (isGood || !translateError) return { status, headers: callerHeaders(headers), body };
  const decoded = decodeBody(body, headers['content-encoding']);
  return flat(translateError({ status, body: decoded, requestId: call.requestId }));
}

function flat({ status, headers, body }: WrittenRefusal): Written {
  return { status, headers: Object.entries(headers).flat(), body: Buffer.from(body) };
}

const advice = ['retry-after', 'retry-after-ms', 'x-should-retry'];

/** `retry-after` says when somebody of this group may be asked again; the upstream knows only of itself. */
function withAdvice(written: Written, { reply }: Failure, waitMs: number | null, isTried: boolean): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < written.headers.length; at += 2) {
    const name = written.headers[at] ?? '';
    if (!advice.includes(name)) out.push(name, written.headers[at + 1] ?? '');
  }
  const { status } = written;
  const upstream = reply?.headers ?? {};
  const isLater = status === 408 || status === 409 || status === 429 || status >= 500;
  const ownMs = waitMs ?? ownWaitMs(upstream);
  if (isLater && ownMs !== null) out.push('retry-after', String(Math.ceil(ownMs / 1_000)));
  const should = shouldRetry(status, upstream['x-should-retry'], isLater && status === 429 && ownMs !== null, isTried);
  if (should !== undefined) out.push('x-should-retry', should);
  return out;
}

/** A wait that is known is worth waiting for; a credential of ours that is bad stays bad, whatever the caller does. */
function shouldRetry(status: number, said: unknown, hasWait: boolean, isTried: boolean): string | undefined {
  if (hasWait) return said === 'false' ? said : undefined;
  if (status === 401 || status === 402 || status === 403) return 'false';
  if (isTried) return 'false';
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
