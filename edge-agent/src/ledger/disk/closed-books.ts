import { randomBytes } from 'node:crypto';
import type { StatsAnswer, StatsQuestion } from '@aicarpool/shared-protocol';
import { emptyAnswer } from '../ask/answer-question.ts';
import type { Accepting, Head, Ledger, Sizes } from '../ledger.ts';
import { LedgerFailed } from '../ledger-failed.ts';
import type { FrozenBatch, Settling } from '../settling.ts';

const nowhere = { seq: 0, chain: '' };
const none = { databaseBytes: 0, diskFreeBytes: 0, diskUsedPercent: 0 };

/**
 * What stands in for books on a disk that failed again and again and now cannot even be opened: it takes nothing, so
 * that the node can stay, answer how it is, and be told what to do.
 */
export class ClosedBooks implements Ledger {
  readonly settling: Settling;
  readonly #reason: string;
  readonly #incarnation = `inc_${randomBytes(16).toString('hex')}`;

  constructor(reason: string) {
    this.#reason = reason;
    const refuse = () => this.#refuse();
    this.settling = {
      openedWith: { slices: [], base: nowhere, acked: nowhere, setAside: undefined },
      standing: () => ({ base: nowhere, acked: nowhere }),
      keepWindows: refuse,
      keepGrants: refuse,
      keepReturns: refuse,
      forgetWindows: refuse,
      nextBatch: (): Promise<FrozenBatch | null> => Promise.resolve(null),
      acknowledge: refuse,
      prove: refuse,
      spentAt: () => Promise.resolve(new Map()),
      condemn: refuse,
    };
  }

  intend(): Promise<never> {
    return this.#refuse();
  }

  renew(): void {}

  settle(): Promise<never> {
    return this.#refuse();
  }

  ask(question: StatsQuestion): Promise<Omit<StatsAnswer, 'session_no'>> {
    return Promise.resolve(emptyAnswer(question, this.#reason));
  }

  note(): void {}

  head(): Head {
    return { incarnation: this.#incarnation, ...nowhere };
  }

  accepting(): Accepting {
    return { ok: false, reason: this.#reason };
  }

  totalsToday(): { readonly requests: number } {
    return { requests: 0 };
  }

  requestsPerMinute(): number {
    return 0;
  }

  sizes(): Sizes {
    return none;
  }

  async rollUp(): Promise<void> {}

  async sweep(): Promise<void> {}

  async close(): Promise<void> {}

  #refuse(): Promise<never> {
    return Promise.reject(new LedgerFailed('disk', this.#reason));
  }
}
