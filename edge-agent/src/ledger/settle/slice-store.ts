import type { StoredSlice } from '../settling.ts';
import type { Db } from '../store/open-database.ts';
import type { Charged } from './charges.ts';
import type { Grant, Return } from './settling-command.ts';

interface SliceRow extends Omit<StoredSlice, 'starts_at' | 'ends_at'> {
  readonly starts_at: string | null;
  readonly ends_at: string | null;
}

const facts = ['quota', 'subject', 'unit', 'window', 'starts_at', 'ends_at'] as const;
const columns = `win, ${facts.join(', ')}, epoch, granted, returned, spent, receipt`;

/** The windows of budgets in the file. Whoever calls has opened a transaction, or needs none. */
export class SliceStore {
  readonly #db: Db;
  readonly #spend;
  readonly #insertSpent;
  readonly #settle;
  readonly #insertSettled;
  readonly #settled;

  constructor(db: Db) {
    this.#db = db;
    this.#spend = db.prepare('UPDATE edge_slices SET spent = spent + ? WHERE win = ?');
    this.#insertSpent = db.prepare('INSERT INTO edge_slices (spent, win) VALUES (?, ?)');
    this.#settle = db.prepare('UPDATE edge_slices SET settled = settled + ? WHERE win = ?');
    this.#insertSettled = db.prepare('INSERT INTO edge_slices (settled, win) VALUES (?, ?)');
    this.#settled = db
      .prepare<[], [number, number]>('SELECT win, settled FROM edge_slices WHERE forgotten_at_ms IS NULL ORDER BY win')
      .raw();
  }

  /** The windows that are known and not forgotten. */
  all(): StoredSlice[] {
    return this.#db
      .prepare<[], SliceRow>(`SELECT ${columns} FROM edge_slices WHERE quota <> '' AND forgotten_at_ms IS NULL ORDER BY win`)
      .all();
  }

  /** Rows used so much. A window that nobody told of is counted too: nothing that was used is dropped. */
  spend(charged: Charged): void {
    for (const [win, amount] of charged) if (this.#spend.run(amount, win).changes === 0) this.#insertSpent.run(amount, win);
  }

  /** So much more (or less) is settled. */
  settle(charged: Iterable<readonly [number, number]>): void {
    for (const [win, amount] of charged) {
      if (this.#settle.run(amount, win).changes === 0) this.#insertSettled.run(amount, win);
    }
  }

  /** By window, as of the last row that is acknowledged. */
  settled(): [number, number][] {
    return this.#settled.all();
  }

  /** Throws RangeError when a number already names another window: then nothing is kept. */
  keep(windows: readonly StoredSlice[]): void {
    const find = this.#db.prepare<[number], Pick<SliceRow, (typeof facts)[number]>>(
      `SELECT ${facts.join(', ')} FROM edge_slices WHERE win = ? AND quota <> ''`,
    );
    const insert = this.#db.prepare(
      `INSERT INTO edge_slices (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (win) DO UPDATE SET ${facts.map((name) => `${name} = excluded.${name}`).join(', ')},
         granted = MAX(granted, excluded.granted), returned = MAX(returned, excluded.returned),
         epoch = CASE WHEN excluded.granted >= granted THEN excluded.epoch ELSE epoch END,
         receipt = CASE WHEN excluded.granted >= granted THEN COALESCE(excluded.receipt, receipt) ELSE receipt END,
         forgotten_at_ms = NULL`,
    );
    for (const slice of windows) {
      const known = find.get(slice.win);
      const other = known && (['quota', 'subject', 'starts_at'] as const).find((name) => known[name] !== slice[name]);
      if (other) throw new RangeError(`window ${slice.win} is known with another ${other}`);
      const { win, epoch, granted, returned, spent, receipt } = slice;
      insert.run(win, ...facts.map((name) => slice[name]), epoch, granted, returned, spent, receipt);
    }
  }

  grant(grants: readonly Grant[]): void {
    const raise = this.#db.prepare('UPDATE edge_slices SET granted = ?, receipt = ?, epoch = ? WHERE win = ? AND granted <= ?');
    for (const { win, granted, receipt, epoch } of grants) raise.run(granted, receipt, epoch, win, granted);
  }

  giveBack(returns: readonly Return[]): void {
    const raise = this.#db.prepare('UPDATE edge_slices SET returned = MAX(returned, ?) WHERE win = ?');
    for (const { win, returned } of returns) raise.run(returned, win);
  }

  /** Out of sight; the counters stay for rows that come late, until `dropForgotten`. */
  forget(wins: readonly number[], nowMs: number): void {
    const mark = this.#db.prepare('UPDATE edge_slices SET forgotten_at_ms = ? WHERE win = ?');
    for (const win of wins) mark.run(nowMs, win);
  }

  dropForgotten(beforeMs: number): void {
    this.#db.prepare('DELETE FROM edge_slices WHERE forgotten_at_ms < ? AND spent = settled').run(beforeMs);
  }
}
