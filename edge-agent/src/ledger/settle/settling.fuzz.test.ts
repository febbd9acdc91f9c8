import { type SettleBatch, settleBatch } from '@aicarpool/shared-protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Charge } from '../ledger.ts';
import type { StoredSlice } from '../settling.ts';
import { CrashingBooks } from '../test/crashing-books.ts';
import { newDataDir } from '../test/open-test-ledger.ts';
import { readBooks, verifyBooks } from '../test/read-books.ts';

const charges = fc.uniqueArray(fc.record({ win: fc.integer({ min: 1, max: 4 }), amount: fc.integer({ min: 0, max: 1000 }) }), {
  maxLength: 3,
  selector: ({ win }) => win,
});

type Step =
  | { readonly kind: 'rows'; readonly charges: readonly Charge[][] }
  | { readonly kind: 'intend'; readonly charges: Charge[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'send'; readonly isHeard: boolean }
  | { readonly kind: 'killed' | 'power-cut' | 'restart' }
  | { readonly kind: 'restore'; readonly share: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('rows' as const), charges: fc.array(charges, { minLength: 1, maxLength: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('intend' as const), charges }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'end' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), isHeard: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('killed' as const, 'power-cut' as const, 'restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restore' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
);

const windowOf = (win: number): StoredSlice => ({
  ...{ win, quota: 'quo_a', subject: `key_${win}`, unit: 'tokens', window: 'total', starts_at: null, ends_at: null },
  ...{ granted: 0, returned: 0, spent: 0, receipt: null, epoch: 'e1' },
});

/** The centre: takes what follows exactly, repeats itself to what it has, and may be restored to an earlier moment. */
class Centre {
  readonly batches: SettleBatch[] = [];

  get acked(): { readonly seq: number; readonly chain: string } {
    const last = this.batches.at(-1);
    return { seq: last?.to ?? 0, chain: last?.chain ?? '' };
  }

  take(batch: SettleBatch, spent: ReadonlyMap<number, number>): void {
    const { seq, chain } = this.acked;
    if (batch.to <= seq) return;
    expect([batch.from, batch.prev_chain]).toEqual([seq + 1, chain]);
    expect(settleBatch.parse(batch)).toEqual(batch);
    this.batches.push(batch);
    const sums = this.charged();
    for (const [win, amount] of sums) expect([win, spent.get(win)]).toEqual([win, amount]);
  }

  charged(): Map<number, number> {
    const sums = new Map<number, number>();
    for (const batch of this.batches) for (const [win, amount] of batch.charged) sums.set(win, (sums.get(win) ?? 0) + amount);
    return sums;
  }
}

class World {
  books: CrashingBooks;
  readonly centre = new Centre();
  readonly #promised: string[] = [];
  #open: ReturnType<CrashingBooks['intend']>[] = [];
  #frozen: string | undefined;

  constructor(home: string) {
    this.books = new CrashingBooks(home);
  }

  async run(step: Step): Promise<void> {
    await this.books.settling.keepWindows([1, 2, 3, 4].map(windowOf));
    if (step.kind === 'rows') this.#end(step.charges.map((own) => this.books.intend(own)));
    else if (step.kind === 'intend') this.#open.push(this.books.intend(step.charges));
    else if (step.kind === 'end') this.#end(this.#open.splice(0));
    else if (step.kind === 'send') await this.#send(step.isHeard);
    else if (step.kind === 'restore') await this.#restore(step.share);
    else this.#die(step.kind);
  }

  async drain(): Promise<void> {
    await this.books.settling.keepWindows([1, 2, 3, 4].map(windowOf));
    while (await this.#send(true));
  }

  check(): void {
    const { dataDir } = this.books;
    const [rows] = readBooks(
      dataDir,
      'SELECT count(*) AS rows, SUM(cost_nano_usd) AS cost, SUM(final) AS requests FROM edge_usage_rows',
    );
    const sum = (name: 'attempts' | 'cost_nano_usd' | 'requests') =>
      this.centre.batches.reduce((all, { totals }) => all + totals.reduce((some, total) => some + total[name], 0), 0);
    expect({ rows: sum('attempts'), cost: sum('cost_nano_usd') || null, requests: sum('requests') || null }).toEqual(rows);
    expect(verifyBooks(dataDir)).toBe(this.centre.acked.seq);
    const spent = readBooks(dataDir, 'SELECT win, spent, settled FROM edge_spent ORDER BY win');
    const charged = [...this.centre.charged()].sort(([a], [b]) => a - b);
    expect(spent).toEqual(charged.map(([win, amount]) => ({ win, spent: amount, settled: amount })));
    const names = new Set(readBooks(dataDir, 'SELECT request_id FROM edge_usage_rows').map((row) => row['request_id']));
    for (const request of this.#promised) expect(names.has(request)).toBe(true);
    expect(names.size).toBe(rows?.['rows']);
  }

  #end(ended: ReturnType<CrashingBooks['intend']>[]): void {
    this.books.settle(ended);
    this.#promised.push(...ended.map(({ row }) => row.requestId));
  }

  /** True when there was a batch. */
  async #send(isHeard: boolean): Promise<boolean> {
    const next = await this.books.settling.nextBatch();
    const text = next === null ? undefined : JSON.stringify(next.batch);
    if (this.#frozen !== undefined) expect(text).toBe(this.#frozen);
    this.#frozen = text;
    if (!next) return false;
    this.centre.take(next.batch, next.spent);
    if (!isHeard) return true;
    await this.books.settling.acknowledge(this.centre.acked.seq);
    this.#frozen = undefined;
    return true;
  }

  async #restore(share: number): Promise<void> {
    this.centre.batches.splice(Math.floor(share * this.centre.batches.length));
    await this.books.settling.acknowledge(this.centre.acked.seq);
    this.#frozen = undefined;
    // A batch that begins where the centre stands is still the one that was frozen.
    const next = await this.books.settling.nextBatch();
    this.#frozen = next === null ? undefined : JSON.stringify(next.batch);
  }

  #die(kind: 'killed' | 'power-cut' | 'restart'): void {
    const open = this.#open.splice(0).length;
    this.books = kind === 'restart' ? this.books.restart() : this.books.crash(kind);
    if (kind === 'power-cut') expect(this.books.lost).toBeLessThanOrEqual(open);
    else expect(this.books.lost).toBe(open);
  }
}

it('settles every row exactly once, whatever dies and whoever forgets', async () => {
  const home = newDataDir();
  let deaths = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      deaths += 1;
      const world = new World(`${home}/${deaths}`);
      for (const one of steps) await world.run(one);
      await world.drain();
      world.check();
      world.books.close();
    }),
    { numRuns: 150, interruptAfterTimeLimit: 15_000 },
  );
}, 30_000);
