import type { Refusal } from '@aicarpool/shared-protocol';
import type { Verdict } from '../../health/health.ts';
import type { Intent } from '../../ledger/ledger.ts';
import { adapt } from '../adapt.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, AttemptEnd, Failure } from '../exchange.ts';
import { intentOf } from '../record.ts';
import { Relay } from '../relay/relay.ts';

export type Forwarded =
  | { readonly end: 'booked'; readonly verdict: Verdict }
  /** No byte reached the caller; whoever goes on or gives up writes the row. */
  | { readonly end: 'failed'; readonly intent: Intent; readonly failure: Failure }
  /** Nothing was sent and nothing is open in the books. `refusal` null: the account cannot be used at all. */
  | { readonly end: 'unusable'; readonly refusal: Refusal | null }
  | { readonly end: 'no_books' };

/** One attempt. The intent is in the books before the upstream sees a byte; `alongside` is written in the same turn. */
export async function forward(agent: Agent, attempt: Attempt, alongside?: () => Promise<unknown>): Promise<Forwarded> {
  const { id, concurrency } = attempt.candidate.upstream;
  // Counted before anything is waited for: whoever asks in the meantime must see it.
  const claiming = agent.inFlight.claim(id, concurrency);
  const leave = claiming instanceof Promise ? await claiming : claiming;
  if (!leave) return full;
  try {
    const adapting = adapt(agent, attempt);
    const adapted = adapting instanceof Promise ? await adapting : adapting;
    if (!adapted.ok) return { end: 'unusable', refusal: adapted.refusal };
    const holding = attempt.quota.take();
    const dry = holding instanceof Promise ? await holding : holding;
    if (dry) return { end: 'unusable', refusal: dry };
    const intent = intentOf(attempt);
    try {
      if (alongside) await Promise.all([alongside(), agent.ledger.intend(intent)]);
      else await agent.ledger.intend(intent);
    } catch (error) {
      attempt.quota.release();
      agent.log.error({ err: error, request: intent.requestId }, 'the books took no intent; nothing was sent');
      return { end: 'no_books' };
    }
    const end = await new Promise<AttemptEnd>((done) => new Relay(agent, attempt, adapted.request, intent, done).start());
    return end.answered ? { end: 'booked', verdict: end.verdict } : { end: 'failed', intent, failure: end.failure };
  } finally {
    leave();
  }
}

const full: Forwarded = {
  end: 'unusable',
  refusal: {
    code: 'too_many_at_once',
    message: 'all accounts that could answer are as busy as they may be; try again',
    retryAfterSeconds: 1,
  },
};
