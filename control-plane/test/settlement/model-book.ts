import { createHash } from 'node:crypto';
import {
  available,
  emptySlice,
  giveBack,
  type NodeSlice,
  type SettleAnswer,
  type SettleBatch,
  type SettledTotal,
  type SettleRequest,
  takeGrant,
} from '@aicarpool/shared-protocol';
import { newTotal } from './new-total.ts';

interface Row {
  readonly chain: string;
  readonly total: SettledTotal;
  readonly charges: readonly (readonly [win: number, amount: number])[];
}

/** The books of a node in lists: rows, a chain over them, slices by the node's own reducers, and a batch that stays as it is. */
export class ModelBook {
  readonly id: string;
  readonly rows: Row[] = [];
  slices = new Map<number, NodeSlice>();
  receipts = new Map<number, { readonly text: string; readonly epoch: string }>();
  sessionNo: number;
  epoch = '';
  acked = 0;
  base = { seq: 0, chain: '' };
  #frozen: SettleBatch | null = null;

  constructor(id: string, sessionNo = 1) {
    this.id = id;
    this.sessionNo = sessionNo;
  }

  /** A copy of the disk as it is now. */
  clone(): ModelBook {
    const copy = new ModelBook(this.id, this.sessionNo);
    copy.rows.push(...this.rows);
    copy.slices = new Map(this.slices);
    copy.receipts = new Map(this.receipts);
    Object.assign(copy, { epoch: this.epoch, acked: this.acked, base: this.base });
    return copy;
  }

  slice(win: number): NodeSlice {
    return this.slices.get(win) ?? emptySlice(win);
  }

  free(win: number): number {
    return available(this.slice(win));
  }

  /** Books one row that used so much of each window, whether there were rights or not. */
  spend(charges: Readonly<Record<number, number>>, over: Partial<SettledTotal> = {}): void {
    const pairs = Object.entries(charges).map(([win, amount]) => [Number(win), amount] as const);
    const previous = this.rows.at(-1)?.chain ?? '';
    const chain = createHash('sha256')
      .update(`${previous}${this.id}${this.rows.length}${JSON.stringify(pairs)}`)
      .digest('hex');
    const cost = Math.max(0, ...pairs.map(([, amount]) => amount));
    this.rows.push({
      chain,
      total: newTotal({ attempts: 1, requests: 1, successes: 1, input: cost, cost_nano_usd: cost, durations: [[5, 1]], ...over }),
      charges: pairs,
    });
    for (const [win, amount] of pairs) this.slices.set(win, { ...this.slice(win), spent: this.slice(win).spent + amount });
  }

  returnRest(win: number): void {
    this.slices.set(win, giveBack(this.slice(win), this.free(win)));
  }

  /** `limit`: the most rows of a batch. */
  request(over: Partial<SettleRequest> = {}, limit = 500): SettleRequest {
    this.#frozen ??= this.#nextBatch(limit);
    const batch = this.#frozen;
    const point = batch?.to ?? this.acked;
    return {
      session_no: this.sessionNo,
      books: this.id,
      epoch: this.epoch,
      seq: this.rows.length,
      chain: this.rows.at(-1)?.chain ?? '',
      base: this.base,
      batch,
      slices: [...this.slices.keys()].map((win) => this.report(win, point)),
      open: [],
      shares: [],
      proof: null,
      last: false,
      ...over,
    };
  }

  /** The slice as of row `point`, with nothing wished. */
  report(win: number, point: number, over: Partial<SettleRequest['slices'][number]> = {}) {
    const { granted, returned } = this.slice(win);
    const spent = this.rows
      .slice(0, point)
      .flatMap(({ charges }) => charges)
      .reduce((sum, [of, amount]) => sum + (of === win ? amount : 0), 0);
    const receipt = this.receipts.get(win);
    const proof =
      receipt && receipt.epoch !== this.epoch ? { receipt: receipt.text, receipt_epoch: receipt.epoch } : { receipt: null };
    return { win, granted, returned, spent, held: 0, need: 0, target: 0, ...proof, ...over };
  }

  /** What a node does with an answer. */
  take(answer: SettleAnswer): void {
    if (answer.status === 'fork') return;
    this.acked = answer.acked;
    if (!this.#frozen || answer.acked >= this.#frozen.to || answer.acked < this.#frozen.from - 1) this.#frozen = null;
    for (const { win } of answer.opened) if (!this.slices.has(win)) this.slices.set(win, emptySlice(win));
    for (const { win, granted, receipt } of answer.grants) {
      if (granted >= this.slice(win).granted) this.receipts.set(win, { text: receipt, epoch: answer.epoch });
      this.slices.set(win, takeGrant(this.slice(win), granted));
    }
    this.epoch = answer.epoch;
  }

  #nextBatch(limit: number): SettleBatch | null {
    const rows = this.rows.slice(this.acked, this.acked + limit);
    if (rows.length === 0) return null;
    const charged = new Map<number, number>();
    for (const [win, amount] of rows.flatMap(({ charges }) => charges)) charged.set(win, (charged.get(win) ?? 0) + amount);
    return {
      from: this.acked + 1,
      to: this.acked + rows.length,
      prev_chain: this.acked === this.base.seq ? this.base.chain : (this.rows[this.acked - 1]?.chain ?? ''),
      chain: rows.at(-1)?.chain ?? '',
      totals: rows.map(({ total }) => total),
      charged: [...charged],
    };
  }
}
