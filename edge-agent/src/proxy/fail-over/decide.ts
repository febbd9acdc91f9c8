import type { Candidate, Failure } from '../exchange.ts';

/** What is done after a failure that the caller has not seen. */
export type Step =
  | { readonly do: 'give_up' }
  | { readonly do: 'ask'; readonly candidate: Candidate; readonly pauseMs: number; readonly freshSocket: boolean };

export interface Situation {
  readonly failure: Pick<Failure, 'repeat' | 'verdict'>;
  readonly candidate: Candidate;
  /** Others that may be asked now, best first. */
  readonly others: readonly Candidate[];
  /** The failed one may be asked again now: nothing tells it to rest. */
  readonly mayAskSame: boolean;
  /** Requests sent so far. */
  readonly attempts: number;
  /** How many of them ended in server trouble that may have been charged. */
  readonly costly: number;
  readonly wasFresh: boolean;
  /** The group allows to go on to other accounts and services. */
  readonly isAllowed: boolean;
  readonly random: () => number;
}

const firstPauseMs = 250;
const longestPauseMs = 4_000;
const costlyAtMost = 1;

const giveUp: Step = { do: 'give_up' };

/** Who is asked next, and when. What may be repeated at all was decided by what the upstream said, or how it broke. */
export function decide(at: Situation): Step {
  const { repeat } = at.failure;
  if (repeat === 'never') return giveUp;
  if (repeat === 'fresh') return at.wasFresh ? giveUp : ask(at.candidate, 0, true);
  if (!at.isAllowed) return giveUp;
  const [next] = at.others;
  if (repeat === 'other') return next ? ask(next, 0) : giveUp;
  if (repeat === 'once' && at.costly > costlyAtMost) return giveUp;
  if (repeat === 'once' && next) return ask(next, 0);
  if (repeat === 'overloaded') {
    const elsewhere = at.others.find(({ upstream }) => upstream.serviceId !== at.candidate.upstream.serviceId);
    if (elsewhere) return ask(elsewhere, 0);
  }
  if (next) return ask(next, pauseOf(at));
  return at.mayAskSame ? ask(at.candidate, pauseOf(at)) : giveUp;
}

function ask(candidate: Candidate, pauseMs: number, freshSocket = false): Step {
  return { do: 'ask', candidate, pauseMs, freshSocket };
}

/** Full jitter: requests that failed together do not come back together. */
function pauseOf({ attempts, random }: Situation): number {
  return Math.round(random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1)));
}
