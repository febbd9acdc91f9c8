import type { Feature } from '@aicarpool/shared-protocol';
import { refusalOf } from '../limits/gatekeeper.ts';
import { isUrgent } from '../limits/request-class.ts';
import type { Visitor } from '../limits/turnstile.ts';
import type { Agent } from './agent.ts';
import type { Call, Caller, Question, Refused } from './exchange.ts';

/** Whoever is admitted gives this back to `leave` once, at the end. */
export interface Admission {
  readonly ok: true;
  readonly visitor: Visitor;
}

const busy: Refused = {
  ok: false,
  refusal: { code: 'node_busy', message: 'this node serves as many requests as it can; try again', retryAfterSeconds: 1 },
};

type Answer = Admission | Refused | undefined;

/**
 * May this request start? Memory only; where too much runs already for its key, member or group, it waits its turn.
 * Undefined: the caller hung up while waiting.
 */
export function admit(agent: Agent, call: Call, caller: Caller): Answer | Promise<Answer> {
  const { load, limits, gate } = agent;
  if (load.requests >= limits.concurrentRequests) return busy;
  const books = agent.ledger.accepting();
  if (!books.ok) {
    const message = `this node cannot write its books and takes no requests (${books.reason})`;
    return { ok: false, refusal: { code: 'node_storage', message, retryAfterSeconds: 10 } };
  }
  const knock = gate.countRequest(caller, agent.nowMs());
  if (!knock.ok) return knock;
  const visitor = gate.visitor(caller, isUrgent(call.request.headers));
  load.requests += 1;
  return gate.turnstile.tryEnter(visitor) ? { ok: true, visitor } : waitForTurn(agent, call, visitor);
}

async function waitForTurn({ gate, load }: Agent, call: Call, visitor: Visitor): Promise<Answer> {
  const entry = await gate.turnstile.wait(visitor, (hangUp) => call.link.whenGone(hangUp));
  call.link.whenGone(undefined);
  if (entry === 'in') return { ok: true, visitor };
  load.requests -= 1;
  const refusal = refusalOf(entry, visitor);
  return refusal && { ok: false, refusal };
}

export function leave(agent: Agent, { visitor }: Admission): void {
  agent.load.requests -= 1;
  agent.gate.turnstile.leave(visitor);
}

const assumedOutputTokens = 1_000;

/** Four bytes a token in, and what is likely to come out: what a request is promised before anything is known. */
export function tokensToPromise({ body, facts }: Question): number {
  return Math.ceil(body.length / 4) + Math.min(facts.maxOutputTokens ?? assumedOutputTokens, assumedOutputTokens);
}

const featureNames: Record<Feature, string> = {
  tools: 'tools',
  vision: 'pictures',
  thinking: 'thinking',
  web_search: 'web search',
};

/** Refuses a request that makes use of what its group or key may not; it is never served without. */
export function checkFeatures({ key, group }: Caller, question: Question): { readonly ok: true } | Refused {
  if (key.deniedFeatures.size === 0 && group.deniedFeatures.size === 0) return { ok: true };
  for (const feature of question.hints.features) {
    const whose = key.deniedFeatures.has(feature) ? 'API key' : group.deniedFeatures.has(feature) ? 'group' : undefined;
    if (!whose) continue;
    const message = `this ${whose} may not use ${featureNames[feature]}; send the request without`;
    return { ok: false, refusal: { code: 'feature_not_allowed', message } };
  }
  return { ok: true };
}
