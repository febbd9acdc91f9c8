import type { StoredSlice } from '../settling.ts';
import type { Db } from '../store/open-database.ts';
import type { Charged } from './charges.ts';
import type { Grant, Return } from './settling-command.ts';

const facts = ['quota', 'subject', 'unit', 'window', 'starts_at', 'ends_at'] as const;
const kept = ['win', ...facts, 'epoch', 'granted', 'returned', 'receipt'] as const;

/** The windows of budgets in the file. Whoever calls has opened a transaction, or needs none. */
export class SliceStore {
  readonly #db: Db;
  readonly #spend;
  readonly #insertSpent;
  readonly #settle;
  readonly #settled;

  constructor(db: Db) {
    this.#db = db;
    this.#spend = db.prepare('UPDATE edge_spent SET spent = spent + ? WHERE win = ?');
    this.#insertSpent = db.prepare('INSERT INTO edge_spent (spent, win) VALUES (?, ?)');
    this.#settle = db.prepare('UPDATE edge_spent SET settled = settled + ? WHERE win = ?');
    this.#settled = db
      .prepare<[], [number, number]>(
        `SELECT win, COALESCE(settled, 0) FROM edge_slices LEFT JOIN edge_spent USING (win)
         WHERE forgotten_at_ms IS NULL
         UNION SELECT win, settled FROM edge_spent WHERE spent <> settled ORDER BY win`,
      )
      .raw();
  }

  /** The windows that are known and not forgotten. */
  all(): StoredSlice[] {
    return this.#db
      .prepare<[], StoredSlice>(
        `SELECT ${kept.join(', ')}, COALESCE(spent, 0) AS spent FROM edge_slices LEFT JOIN edge_spent USING (win)
         WHERE forgotten_at_ms IS NULL ORDER BY win`,
      )
      .all();
  }

  /** Rows used so much. A window that nobody told of is counted too: nothing that was used is dropped. */
  spend(charged: Charged): void {
    for (const [win, amount] of charged) if (this.#spend.run(amount, win).changes === 0) this.#insertSpent.run(amount, win);
  }

  /** So much more (or less) is settled. */
  settle(charged: Iterable<readonly [number, number]>): void {
    for (const [win, amount] of charged) this.#settle.run(amount, win);
  }

  /** By window, as of the last row that is acknowledged: those in sight, and those of which rows are not settled. */
  settled(): [number, number][] {
    return this.#settled.all();
  }

  /** Throws RangeError when a number already names another window: then nothing is kept. */
  keep(windows: readonly StoredSlice[]): void {
    const find = this.#db.prepare<[number], Pick<StoredSlice, (typeof facts)[number]>>(
      `SELECT ${facts.join(', ')} FROM edge_slices WHERE win = ?`,
    );
    const insert = this.#db.prepare(
      `INSERT INTO edge_slices (${kept.join(', ')}) VALUES (${kept.map(() => '?').join(', ')})
       ON CONFLICT (win) DO UPDATE SET granted = MAX(granted, excluded.granted), returned = MAX(returned, excluded.returned),
         epoch = CASE WHEN excluded.granted >= granted THEN excluded.epoch ELSE epoch END,
         receipt = CASE WHEN excluded.granted >= granted THEN COALESCE(excluded.receipt, receipt) ELSE receipt END,
         forgotten_at_ms = NULL`,
    );
    for (const slice of windows) {
      const known = find.get(slice.win);
      const other = known && (['quota', 'subject', 'starts_at'] as const).find((name) => known[name] !== slice[name]);
      if (other) throw new RangeError(`window ${slice.win} is known with another ${other}`);
      insert.run(...kept.map((name) => slice[name]));
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

  /** Windows that were forgotten before then and whose rows are all settled. */
  dropForgotten(beforeMs: number): void {
    const old = this.#db
      .prepare<[number], number>(
        `SELECT win FROM edge_slices LEFT JOIN edge_spent USING (win)
         WHERE forgotten_at_ms < ? AND COALESCE(spent, 0) = COALESCE(settled, 0)`,
      )
      .pluck()
      .all(beforeMs);
    const drops = ['edge_slices', 'edge_spent'].map((table) => this.#db.prepare(`DELETE FROM ${table} WHERE win = ?`));
    this.#db.transaction(() => {
      for (const win of old) for (const drop of drops) drop.run(win);
    })();
  }
}
