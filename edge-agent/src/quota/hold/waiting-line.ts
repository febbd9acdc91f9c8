import type { Refusal, SettleAnswer } from '@aicarpool/shared-protocol';
import type { Claimant } from './claim.ts';

/** A request that waits for rights. */
interface Waiter {
  readonly claimant: Claimant;
  /** The first question to the centre that said what it needs. */
  readonly fromRound: number;
  settle(outcome: Refusal | 'held'): void;
}

export interface LineParts {
  /** Holds all claims, or none. */
  readonly tryHold: (claimant: Claimant) => boolean;
  /** There may be enough for it, as far as an answer says. */
  readonly mightFit: (claimant: Claimant) => boolean;
  /** Why an answer of the centre left a claimant without; `answer` undefined: it did not answer. */
  readonly judge: (claimant: Claimant, answer: SettleAnswer | undefined) => Refusal | 'held';
  /** Asks the centre at once. */
  readonly wake: () => void;
  readonly waitMs: number;
}

/** Requests that wait for more rights: many of them share one question to the centre, and none waits long. */
export class WaitingLine {
  readonly #parts: LineParts;
  readonly #waiters = new Set<Waiter>();
  #round = 0;
  #last: SettleAnswer | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiters.size;
  }

  get claimants(): Iterable<Claimant> {
    return [...this.#waiters].map(({ claimant }) => claimant);
  }

  /** Resolves with 'held', or with why not. */
  wait(claimant: Claimant): Promise<Refusal | 'held'> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(this.#judgeLate(waiter)), this.#parts.waitMs);
      const waiter: Waiter = {
        claimant,
        fromRound: this.#round + 1,
        settle: (outcome) => {
          if (!this.#waiters.delete(waiter)) return;
          clearTimeout(timer);
          resolve(outcome);
        },
      };
      this.#waiters.add(waiter);
      this.#parts.wake();
    });
  }

  /** A question is about to be sent; whoever waits now is in it. */
  asking(): number {
    this.#round += 1;
    return this.#round;
  }

  /** It was answered, or not. Gives whether somebody waits on whom a further question may help. */
  heard(round: number, answer: SettleAnswer | undefined): boolean {
    this.#last = answer;
    for (const waiter of [...this.#waiters]) {
      if (this.#parts.tryHold(waiter.claimant)) waiter.settle('held');
      else if (waiter.fromRound <= round && !this.#mayHope(waiter.claimant, answer))
        waiter.settle(this.#parts.judge(waiter.claimant, answer));
    }
    return [...this.#waiters].some(({ fromRound }) => fromRound <= round);
  }

  /** Something was set free here. */
  retry(): void {
    for (const waiter of [...this.#waiters]) if (this.#parts.tryHold(waiter.claimant)) waiter.settle('held');
  }

  #mayHope(claimant: Claimant, answer: SettleAnswer | undefined): boolean {
    return answer !== undefined && !answer.learning && (answer.recalling || this.#parts.mightFit(claimant));
  }

  #judgeLate({ claimant, fromRound }: Waiter): Refusal | 'held' {
    return this.#parts.judge(claimant, fromRound <= this.#round ? this.#last : undefined);
  }
}
