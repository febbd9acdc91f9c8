import type { Agent } from './agent.ts';
import type { Caller, Refused } from './exchange.ts';

const busy: Refused = {
  ok: false,
  refusal: { code: 'node_busy', message: 'this node serves as many requests as it can; try again', retryAfterSeconds: 1 },
};

/** May this request start now? Memory only. Whoever is admitted calls `leave` once, at the end. */
export function admit(agent: Agent, caller: Caller): { readonly ok: true } | Refused {
  const { load, limits } = agent;
  if (load.requests >= limits.concurrentRequests) return busy;
  const books = agent.ledger.accepting();
  if (!books.ok) {
    const message = `this node cannot write its books and takes no requests (${books.reason})`;
    return { ok: false, refusal: { code: 'node_storage', message, retryAfterSeconds: 10 } };
  }
  const { rateLimit } = caller.key;
  if (rateLimit) {
    const rate = agent.rates.take(caller.key.id, rateLimit, agent.nowMs());
    if (!rate.ok) return tooMany(rateLimit.requests, rateLimit.windowMs, rate.retryAfterMs);
  }
  load.requests += 1;
  return { ok: true };
}

export function leave(agent: Agent): void {
  agent.load.requests -= 1;
}

function tooMany(requests: number, windowMs: number, retryAfterMs: number): Refused {
  const message = `this API key may send ${requests} requests in ${windowMs / 1000} s`;
  return { ok: false, refusal: { code: 'rate_limited', message, retryAfterSeconds: Math.ceil(retryAfterMs / 1000) } };
}
