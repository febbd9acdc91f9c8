import type { RangeProof, SettleBatch } from '@aicarpool/shared-protocol';
import type { FrozenBatch, RowPoint, Settling, StoredSlice } from '../settling.ts';
import type { Grant, Mark, Return, SettlingCommand, Standing } from './settling-command.ts';

/** Reads rows again, with a connection that can only read. */
export interface Auditor {
  batch(after: Mark, headSeq: number): Promise<SettleBatch | null>;
  prove(from: number, to: number): Promise<RangeProof>;
  /** What the rows behind `after` up to `to` used, by window. */
  charged(after: number, to: number): Promise<readonly (readonly [number, number])[]>;
}

interface Parts {
  readonly openedWith: Settling['openedWith'];
  /** Asks the writer; null for a command that does not tell where settlement stands. */
  readonly ask: (command: SettlingCommand) => Promise<Standing | null>;
  readonly auditor: Auditor;
  readonly nowMs: () => number;
  /** Rows that are all there contradict their chain. */
  readonly onDoubt: () => void;
}

/** The node's side of settlement: batches are made by the auditor's thread and kept by the writer's. */
export class SettlingBooks implements Settling {
  readonly openedWith: Settling['openedWith'];
  readonly #parts: Parts;
  #base: RowPoint;
  #acked: RowPoint;
  #frozen: SettleBatch | undefined;
  /** What reads where settlement stands and then acts on it is done one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.openedWith = parts.openedWith;
    this.#base = parts.openedWith.base;
    this.#acked = parts.openedWith.acked;
  }

  standing(): { readonly base: RowPoint; readonly acked: RowPoint } {
    return { base: this.#base, acked: this.#acked };
  }

  async keepWindows(windows: readonly StoredSlice[]): Promise<void> {
    await this.#parts.ask({ name: 'keep-windows', windows });
  }

  async keepGrants(grants: readonly Grant[]): Promise<void> {
    await this.#parts.ask({ name: 'keep-grants', grants });
  }

  async keepReturns(returns: readonly Return[]): Promise<void> {
    await this.#parts.ask({ name: 'keep-returns', returns });
  }

  async forgetWindows(wins: readonly number[]): Promise<void> {
    await this.#parts.ask({ name: 'forget-windows', wins, nowMs: this.#parts.nowMs() });
  }

  nextBatch(): Promise<FrozenBatch | null> {
    return this.#inTurn(async () => {
      const { settled, ...now } = await this.#lookWithSettled();
      if (this.#frozen) return frozenBatch(this.#frozen, settled);
      if (now.headSeq === now.acked.seq) return null;
      const batch = await this.#parts.auditor.batch(now.acked, now.headSeq);
      if (!batch) return null;
      await this.#tell({ name: 'freeze', after: now.acked.seq, body: JSON.stringify(batch) });
      this.#frozen = batch;
      return frozenBatch(batch, settled);
    });
  }

  acknowledge(seq: number): Promise<void> {
    return this.#inTurn(async () => {
      const now = await this.#look(false);
      const from = now.acked.seq;
      const to = Math.max(seq, now.base.seq);
      if (to > now.headSeq) throw new RangeError(`row ${to} is behind the last one, ${now.headSeq}`);
      if (to === from) return;
      const charged = this.#frozen?.to === to ? this.#frozen.charged : await this.#chargedFromTo(from, to);
      await this.#tell({ name: 'move', from, seq: to, charged });
      this.#frozen = undefined;
    });
  }

  async prove(from: number, to: number): Promise<RangeProof> {
    const proof = await this.#parts.auditor.prove(from, to);
    if (proof.chain === '' && proof.rows === to - from + 1) this.#parts.onDoubt();
    return proof;
  }

  spentAt(seq: number): Promise<ReadonlyMap<number, number>> {
    return this.#inTurn(async () => {
      const { acked, settled } = await this.#lookWithSettled();
      if (seq === acked.seq) return new Map(settled);
      if (seq === this.#frozen?.to) return frozenBatch(this.#frozen, settled).spent;
      throw new RangeError(`row ${seq} is neither the last that is settled nor the last of the batch`);
    });
  }

  async condemn(reason: string): Promise<void> {
    await this.#parts.ask({ name: 'condemn', reason });
  }

  /** Below zero when it goes back. */
  async #chargedFromTo(from: number, to: number): Promise<readonly (readonly [number, number])[]> {
    if (to > from) return this.#parts.auditor.charged(from, to);
    return (await this.#parts.auditor.charged(to, from)).map(([win, amount]) => [win, -amount]);
  }

  async #lookWithSettled() {
    const { settled, ...now } = await this.#look(true);
    if (!settled) throw new Error('the writer does not tell what is settled');
    return { ...now, settled };
  }

  async #look(withSettled: boolean): Promise<Standing> {
    const now = await this.#tell({ name: 'look', knownTo: this.#frozen?.to ?? 0, withSettled });
    if (now.frozen === null) this.#frozen = undefined;
    else if (now.frozen.body !== null) this.#frozen = JSON.parse(now.frozen.body);
    return now;
  }

  async #tell(command: SettlingCommand): Promise<Standing> {
    const now = await this.#parts.ask(command);
    if (!now) throw new Error(`the writer does not tell where settlement stands after ${command.name}`);
    this.#base = now.base;
    this.#acked = now.acked;
    return now;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function frozenBatch(batch: SettleBatch, settled: Iterable<readonly [number, number]>): FrozenBatch {
  const spent = new Map(settled);
  for (const [win, amount] of batch.charged) spent.set(win, (spent.get(win) ?? 0) + amount);
  return { batch, spent };
}
