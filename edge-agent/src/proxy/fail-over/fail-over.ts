import { type Refusal, totalTokens } from '@aicarpool/shared-protocol';
import type { TrialOffice } from '../../health/health.ts';
import type { Intent } from '../../ledger/ledger.ts';
import { type AttemptAsk, noQuota } from '../../limits/quota/quotas.ts';
import { findBaseUrl } from '../../upstreams/base-url.ts';
import { isSimulator } from '../../upstreams/upstreams.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, Call, Caller, Candidate, Failure, Question } from '../exchange.ts';
import { rowOf } from '../record.ts';
import { refuse } from '../refuse.ts';
import { answerFailure, refusalOfRest } from './answer-failure.ts';
import { decide, type Step } from './decide.ts';
import { forward } from './forward.ts';
import { pause } from './pause.ts';

interface Failed {
  readonly attempt: Attempt;
  readonly intent: Intent;
  readonly failure: Failure;
}

/** One request on its way from account to account. */
interface Journey {
  readonly agent: Agent;
  readonly call: Call;
  readonly caller: Caller;
  readonly question: Question;
  readonly candidates: readonly Candidate[];
  /** Failed in a way that only another one may better, or cannot serve this request at all. */
  spent: ReadonlySet<Candidate>;
  attempts: number;
  costly: number;
  isRepeat: boolean;
  failed: Failed | undefined;
  /** Why an account cannot serve this very request; the first one counts. */
  refusal: Refusal | null;
}

/**
 * Asks candidates until one answers. Only what failed before the caller saw a byte is tried again; every try has its
 * own row. The last one's answer is the caller's, good or bad.
 */
export async function failOver(
  agent: Agent,
  call: Call,
  caller: Caller,
  question: Question,
  candidates: readonly Candidate[],
): Promise<void> {
  const { budget } = agent.health;
  const journey = begin(agent, call, caller, question, candidates);
  budget.begin(caller.group.id);
  try {
    let freshSocket = false;
    let candidate = findReady(journey)[0];
    while (candidate) {
      const outcome = await attempt(journey, candidate, freshSocket);
      if (outcome === 'done') return;
      const step: Step | undefined = outcome === 'failed' ? next(journey) : skip(journey);
      if (step?.do !== 'ask') break;
      if (step.pauseMs > 0) await pause(step.pauseMs, call.response);
      if (call.link.gone || agent.load.draining) break;
      candidate = step.pauseMs > 0 ? stillReady(journey, step.candidate) : step.candidate;
      if (candidate && journey.failed && candidate !== journey.failed.attempt.candidate) tellMove(journey, journey.failed);
      freshSocket = step.freshSocket;
    }
    await giveUp(journey);
  } finally {
    budget.end(caller.group.id, journey.isRepeat);
  }
}

const nobodySpent: ReadonlySet<Candidate> = new Set();

function begin(agent: Agent, call: Call, caller: Caller, question: Question, candidates: readonly Candidate[]): Journey {
  return {
    agent,
    call,
    caller,
    question,
    candidates: candidates.every(isUsable) ? candidates : candidates.filter(isUsable),
    spent: nobodySpent,
    attempts: 0,
    costly: 0,
    isRepeat: false,
    failed: undefined,
    refusal: null,
  };
}

/** One try, from the choice of an account to what came of it. */
async function attempt(journey: Journey, candidate: Candidate, freshSocket: boolean): Promise<'done' | 'failed' | 'unusable'> {
  const { agent, call, caller, question, failed } = journey;
  const trial = agent.trials && (await claimTrial(agent, agent.trials, candidate, caller));
  if (trial === 'refused' && !findReady(journey).includes(candidate)) return 'unusable';
  const nowMs = agent.nowMs();
  const startedAtMs = journey.attempts === 0 ? call.startedAtMs : nowMs;
  const visit = agent.health.visit(candidate, caller.group, nowMs, trial === 'refused' ? undefined : trial?.over);
  const number = journey.attempts + 1;
  const { body, facts, hints, booked } = question;
  const quota = caller.group.quotas.length === 0 ? noQuota : agent.quotas.attempt(quotaAskOf(journey, candidate));
  const one: Attempt = { call, caller, candidate, body, facts, hints, booked, number, startedAtMs, visit, quota, freshSocket };
  try {
    const result = await forward(agent, one, failed && (() => book(agent, failed, false)));
    switch (result.end) {
      case 'booked':
        visit.ended(result.verdict, agent.nowMs());
        return 'done';
      case 'no_books':
        refuse(agent, call, call.dialect.dialect, noBooks);
        return 'done';
      case 'unusable':
        journey.refusal ??= result.refusal;
        journey.spent = new Set(journey.spent).add(candidate);
        return 'unusable';
      case 'failed':
        visit.ended(result.failure.verdict, agent.nowMs());
        journey.failed = { attempt: one, intent: result.intent, failure: result.failure };
        journey.attempts = number;
        if (result.failure.repeat === 'once') journey.costly += 1;
        return 'failed';
    }
  } finally {
    visit.ended({ kind: 'neutral' }, agent.nowMs());
  }
}

function quotaAskOf({ call, caller, question }: Journey, { service, model }: Candidate): AttemptAsk {
  const { key, group } = caller;
  const { body, facts, hints } = question;
  const { stream, maxOutputTokens } = facts;
  const { operation } = call.endpoint;
  const exposure = () => hints.exposure;
  return { group, key, service, model, operation, stream, bodyBytes: body.length, maxOutputTokens, exposure };
}

/** Where several processes may try the same account, only one of them gets to. */
async function claimTrial(agent: Agent, trials: TrialOffice, candidate: Candidate, { group }: Caller) {
  if (!agent.health.isOnTrial(candidate, group, agent.nowMs())) return undefined;
  const granted = await trials.claim(candidate, group);
  if (!granted) agent.health.triedElsewhere(candidate, group, agent.nowMs());
  return granted ?? ('refused' as const);
}

/** Nothing was sent to the last one: the next in line takes its turn, as far as the group lets anybody else. */
function skip(journey: Journey): Step | undefined {
  const [candidate] = findReady(journey);
  if (!candidate || (journey.failed && !journey.caller.group.failoverEnabled)) return undefined;
  return { do: 'ask', candidate, pauseMs: 0, freshSocket: false };
}

function next(journey: Journey): Step | undefined {
  const { agent, call, caller, failed, attempts, costly } = journey;
  if (!failed || attempts >= agent.limits.attempts || agent.nowMs() - call.startedAtMs > patienceMs) return undefined;
  const { candidate, freshSocket } = failed.attempt;
  const ready = findReady(journey);
  const step = decide({
    failure: failed.failure,
    candidate,
    others: ready.filter((other) => other.upstream.id !== candidate.upstream.id && !journey.spent.has(other)),
    mayAskSame: ready.includes(candidate),
    attempts,
    costly,
    wasFresh: freshSocket,
    isAllowed: caller.group.failoverEnabled,
    random: agent.random,
  });
  if (step.do !== 'ask') return undefined;
  if (step.candidate !== candidate) journey.spent = new Set(journey.spent).add(candidate);
  if (!journey.isRepeat && !agent.health.budget.mayRetry(caller.group.id)) return undefined;
  journey.isRepeat = true;
  return step;
}

/** Whoever may be asked at this moment, best first. */
function findReady({ agent, caller, candidates, spent }: Journey): readonly Candidate[] {
  const { ready } = agent.health.sift(candidates, caller.group, agent.nowMs());
  const isOpen = (one: Candidate) => !spent.has(one) && !agent.inFlight.isFull(one.upstream.id, one.upstream.concurrency);
  return ready.every(isOpen) ? ready : ready.filter(isOpen);
}

/** During a pause others may have come first: to what is on trial only one goes. */
function stillReady(journey: Journey, candidate: Candidate): Candidate | undefined {
  const ready = findReady(journey);
  return ready.includes(candidate) ? candidate : ready[0];
}

function tellMove({ agent, caller }: Journey, { attempt: { candidate }, failure }: Failed): void {
  agent.health.failedOver(candidate, caller.group, failure.errorType, agent.nowMs());
}

function isUsable({ upstream }: Candidate): boolean {
  return upstream.secret() !== undefined && (isSimulator(upstream) || findBaseUrl(upstream.baseUrl) !== undefined);
}

/** The books come first, then the answer. */
async function giveUp(journey: Journey): Promise<void> {
  const { agent, call, caller, candidates, failed } = journey;
  const { dialect } = call.dialect;
  const nowMs = agent.nowMs();
  const { ready, resting } = agent.health.sift(candidates, caller.group, nowMs);
  const firstMs = resting.reduce((first, { untilMs }) => Math.min(first, untilMs), Number.POSITIVE_INFINITY);
  if (!failed) {
    if (journey.refusal) return refuse(agent, call, dialect, journey.refusal);
    if (candidates.length === 0) return refuse(agent, call, dialect, nobodyUsable);
    if (ready.length > 0) return refuse(agent, call, dialect, allFull);
    const isLimited = agent.health.isLimited(candidates, caller.group, nowMs);
    return refuse(agent, call, dialect, refusalOfRest(firstMs, isLimited, nowMs));
  }
  try {
    await book(agent, failed, true);
  } catch (error) {
    agent.log.error({ err: error, request: call.requestId }, 'an answer was cut because the books failed');
    call.response.destroy();
    return;
  }
  agent.metrics.requestEnded(dialect, failed.failure.status);
  const restsUntilMs = ready.length === 0 && resting.length > 0 ? firstMs : null;
  answerFailure(agent, failed.attempt, failed.failure, { restsUntilMs, isTried: journey.attempts > 1 });
}

async function book(agent: Agent, { attempt, intent, failure }: Failed, final: boolean): Promise<void> {
  const isGone = attempt.call.link.gone && final;
  const row = rowOf(attempt, intent, {
    ...failure,
    status: isGone ? 'client_gone' : failure.status,
    final,
    endedAtMs: agent.nowMs(),
  });
  await agent.ledger.settle(row);
  attempt.quota.settled(row);
  attempt.booked.tokens += totalTokens(row.usage);
}

/** Clients wait longer for a first byte (Claude Code six minutes), but people do not. */
const patienceMs = 120_000;

const nobodyUsable = {
  code: 'upstream_none',
  message: 'no account of this group can be used from this node; its manager can see why',
} as const;
const allFull = {
  code: 'upstream_none',
  message: 'every account that could answer has as many requests as it takes; try again',
  retryAfterSeconds: 1,
} as const;
const noBooks = {
  code: 'node_storage',
  message: 'this node cannot write its books; try again later',
  retryAfterSeconds: 10,
} as const;
