import type { Signal } from '@aicarpool/shared-protocol';
import type { Health, Outcome } from '../../health/health.ts';
import type { AnswerHomes } from '../../routing/answer-homes.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Homes, Loads, ToWorker } from '../messages.ts';
import { hearOutcomes } from '../news.ts';

export interface NewsParts {
  readonly health: Health;
  readonly answerHomes: AnswerHomes;
  readonly snapshots: { pin(): Snapshot | undefined };
  readonly nowMs: () => number;
  /** To every worker but one; 0: to every worker. */
  readonly tellOthers: (but: number, news: ToWorker) => void;
}

const signalsAtMost = 1_000;
/** A proxy that is out is out for every worker: that is said once. */
const sameNewsMs = 30_000;
const homesAtOnce = 5_000;

/**
 * What one process of a node learns and all must know: how accounts do, who keeps which answer, who works on how much.
 * This process hears everything; its health is the node's.
 */
export class NewsDesk {
  readonly #parts: NewsParts;
  readonly #said = new Map<string, number>();
  #signals: Signal[] = [];

  constructor(parts: NewsParts) {
    this.#parts = parts;
  }

  /** From `worker`; 0: this process saw it itself. */
  outcomes(worker: number, outcomes: readonly Outcome[]): void {
    const { health, snapshots, tellOthers } = this.#parts;
    if (worker > 0) hearOutcomes(health, snapshots.pin(), outcomes);
    tellOthers(worker, { is: 'outcomes', outcomes });
  }

  homes(worker: number, homes: Homes): void {
    for (const [answerId, upstreamId] of homes) this.#parts.answerHomes.remember(answerId, upstreamId);
    this.#parts.tellOthers(worker, { is: 'homes', homes });
  }

  loads(worker: number, loads: Loads): void {
    this.#parts.tellOthers(worker, { is: 'loads', of: worker, whole: false, loads });
  }

  signals(signals: readonly Signal[]): void {
    const nowMs = this.#parts.nowMs();
    for (const [name, atMs] of this.#said) if (nowMs - atMs > sameNewsMs) this.#said.delete(name);
    for (const signal of signals) {
      const name = signal.proxy_id === null ? undefined : `${signal.kind} ${signal.group_id} ${signal.proxy_id}`;
      if (name !== undefined && this.#said.has(name)) continue;
      if (name !== undefined) this.#said.set(name, nowMs);
      this.#signals.push(signal);
    }
    this.#signals = this.#signals.slice(-signalsAtMost);
  }

  drainSignals(atMost: number): Signal[] {
    return this.#signals.splice(0, atMost);
  }

  /** What a worker that joins must hear. */
  welcome(tell: (news: ToWorker) => void): void {
    tell({ is: 'held', groups: this.#parts.health.held() });
    const homes = [...this.#parts.answerHomes.all()];
    for (let at = 0; at < homes.length; at += homesAtOnce) tell({ is: 'homes', homes: homes.slice(at, at + homesAtOnce) });
  }

  /** Nothing of it runs any more. */
  lost(worker: number): void {
    this.#parts.tellOthers(worker, { is: 'loads', of: worker, whole: true, loads: [] });
  }
}
