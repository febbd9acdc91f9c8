import type { Feature } from '@aicarpool/shared-protocol';
import type { Entrance } from '../limits/gate.ts';
import { isUrgent } from '../limits/request-class.ts';
import type { Visitor } from '../limits/turnstile.ts';
import type { Agent } from './agent.ts';
import type { Call, Caller, Question, Refused } from './exchange.ts';

const busy: Refused = {
  ok: false,
  refusal: { code: 'node_busy', message: 'this node serves as many requests as it can; try again', retryAfterSeconds: 1 },
};

/**
 * May this request start? Memory only; where too much runs already for its key, member or group, it waits its turn.
 * Undefined: the caller hung up while waiting.
 */
export function admit(agent: Agent, call: Call, caller: Caller): Entrance | Promise<Entrance> {
  const { load, limits, gate } = agent;
  if (load.requests >= limits.concurrentRequests) return busy;
  const books = agent.ledger.accepting();
  if (!books.ok) {
    const message = `this node cannot write its books and takes no requests (${books.reason})`;
    return { ok: false, refusal: { code: 'node_storage', message, retryAfterSeconds: 10 } };
  }
  load.requests += 1;
  const entering = gate.enter(caller, isUrgent(call.request.headers), agent.monotonicMs(), (hangUp) =>
    call.link.whenGone(hangUp),
  );
  return entering instanceof Promise ? waitForTurn(agent, entering) : counted(agent, entering);
}

async function waitForTurn(agent: Agent, entering: Promise<Entrance>): Promise<Entrance> {
  return counted(agent, await entering);
}

/** Who is not let in works for nobody. */
function counted({ load }: Agent, entrance: Entrance): Entrance {
  if (!entrance?.ok) load.requests -= 1;
  return entrance;
}

export function leave(agent: Agent, visitor: Visitor): void {
  agent.load.requests -= 1;
  agent.gate.leave(visitor);
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
