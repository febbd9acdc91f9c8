import type { Intent } from '../ledger/ledger.ts';
import { findBaseUrl } from '../upstreams/base-url.ts';
import { isSimulator } from '../upstreams/upstreams.ts';
import type { Agent } from './agent.ts';
import type { Attempt, Call, Caller, Candidate, Failure, Question } from './exchange.ts';
import { forward } from './forward.ts';
import { rowOf } from './record.ts';
import { refuse } from './refuse.ts';

interface Failed {
  readonly attempt: Attempt;
  readonly intent: Intent;
  readonly failure: Failure;
}

/**
 * Tries candidates until one answers. Only what failed before the caller saw a byte is tried again; every try has its
 * own row. The last one's answer is the caller's, good or bad.
 */
export async function failOver(
  agent: Agent,
  call: Call,
  caller: Caller,
  question: Question,
  candidates: readonly Candidate[],
): Promise<void> {
  const { limits } = agent;
  const usable = candidates.filter(isUsable);
  const left = (at: number, number: number) => caller.group.failoverEnabled && at + 1 < usable.length && number < limits.attempts;
  let failed: Failed | undefined;
  let freshSocket = false;
  for (let at = 0, number = 1; ; number += 1) {
    const candidate = usable[at];
    if (!candidate) return giveUp(agent, call, failed, nobodyUsable);
    const goesOn = (status: number) => left(at, number) && mayTryElsewhere(status);
    const startedAtMs = number === 1 ? call.startedAtMs : agent.nowMs();
    const attempt: Attempt = { call, caller, candidate, ...question, number, startedAtMs, goesOn, freshSocket };
    const before = failed;
    const result = await forward(agent, attempt, before && (() => book(agent, before, false)));
    if (result.end === 'booked') return;
    if (result.end === 'unusable') {
      return result.why === 'books'
        ? refuse(agent, call, call.dialect.dialect, noBooks)
        : giveUp(agent, call, failed, nobodyUsable);
    }
    const { failure, intent } = result;
    failed = { attempt, intent, failure };
    const mayGoOn = !call.link.gone && !agent.load.draining && number < limits.attempts;
    if (mayGoOn && failure.tryFreshSocket && !freshSocket) {
      freshSocket = true;
    } else if (mayGoOn && failure.tryElsewhere && left(at, number)) {
      at += 1;
      freshSocket = false;
    } else return giveUp(agent, call, failed, failure.refusal);
  }
}

/** What another account may better: this one is not let in, has used up its share, or its provider is in trouble. */
export function mayTryElsewhere(status: number): boolean {
  return status === 401 || status === 402 || status === 403 || status === 429 || status >= 500;
}

function isUsable({ upstream }: Candidate): boolean {
  return upstream.secret() !== undefined && (isSimulator(upstream) || findBaseUrl(upstream.baseUrl) !== undefined);
}

/** The books come first, then the answer. */
async function giveUp(agent: Agent, call: Call, failed: Failed | undefined, refusal: Failure['refusal']): Promise<void> {
  if (failed) {
    try {
      await book(agent, failed, true);
    } catch (error) {
      agent.log.error({ err: error, request: call.requestId }, 'an answer was cut because the books failed');
      call.response.destroy();
      return;
    }
    agent.metrics.requestEnded(call.dialect.dialect, failed.failure.status);
  }
  refuse(agent, call, call.dialect.dialect, refusal);
}

function book(agent: Agent, { attempt, intent, failure }: Failed, final: boolean): Promise<number> {
  const { status, httpStatus, errorType, upstreamRequestId, reading, reachedUpstream } = failure;
  return agent.ledger.settle(
    rowOf(attempt, intent, {
      status: attempt.call.link.gone && final ? 'client_gone' : status,
      httpStatus,
      final,
      endedAtMs: agent.nowMs(),
      firstByteAtMs: null,
      responseBytes: 0,
      errorType,
      upstreamRequestId,
      reading,
      reachedUpstream,
    }),
  );
}

const nobodyUsable = {
  code: 'upstream_none',
  message: 'no account of this group can be used from this node; its manager can see why',
} as const;
const noBooks = {
  code: 'node_storage',
  message: 'this node cannot write its books; try again later',
  retryAfterSeconds: 10,
} as const;
