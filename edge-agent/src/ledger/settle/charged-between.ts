import type { Db } from '../store/open-database.ts';
import { addCharges, type Charged } from './charges.ts';

const rowsPerStep = 2000;

/** What the rows behind `after` up to `to` used, some thousand rows a step. */
export function* chargedBetween(db: Db, after: number, to: number): Generator<void, Charged> {
  const page = db
    .prepare<[number, number], [number, string | null]>(
      `SELECT seq, charges FROM edge_usage_rows WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ${rowsPerStep}`,
    )
    .raw();
  const charged: Charged = new Map();
  for (let at = after; at < to; ) {
    const rows = page.all(at, to);
    for (const [, charges] of rows) addCharges(charged, charges);
    const last = rows.at(-1)?.[0];
    if (last === undefined) break;
    at = last;
    yield;
  }
  return charged;
}
