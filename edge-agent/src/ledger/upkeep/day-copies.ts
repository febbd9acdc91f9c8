import type { Db } from '../store/open-database.ts';
import { addExcluded, dimensionNames, sumNames, sumsOverSums } from '../store/sums.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** So many make one step. */
const enoughRows = 500;

/**
 * Copies some hours of a closed day into the sums of that day; true when there may be more to copy. The hours
 * stay: a copy is only quicker to read, and is dropped when anything in its day changes.
 */
export function copyHours(db: Db, fromDayMs: number, todayMs: number): boolean {
  const hoursOf = db.prepare<[number], number>('SELECT hours FROM edge_usage_copied_days WHERE day_at_ms = ?').pluck();
  for (let day = fromDayMs; day < todayMs; day += dayMs) {
    const hours = hoursOf.get(day) ?? 0;
    if (hours === 24) continue;
    db.transaction(() => copyFrom(db, day, hours))();
    return true;
  }
  return false;
}

function copyFrom(db: Db, day: number, hoursDone: number): void {
  const copy = db.prepare(
    `INSERT INTO edge_usage_day_copies (day_at_ms, ${dimensionNames}, ${sumNames})
     SELECT ?, ${dimensionNames}, ${sumsOverSums} FROM edge_usage_hourly WHERE hour_at_ms = ?
     GROUP BY ${dimensionNames} ON CONFLICT DO UPDATE SET ${addExcluded}`,
  );
  let hours = hoursDone;
  for (let rows = 0; hours < 24 && rows < enoughRows; hours += 1) rows += copy.run(day, day + hours * hourMs).changes;
  db.prepare('INSERT INTO edge_usage_copied_days VALUES (?, ?) ON CONFLICT DO UPDATE SET hours = excluded.hours').run(day, hours);
}

/** Prepares the dropping of copies; `which` is SQL over `day_at_ms`. Call it in the transaction of the change. */
export function preparedDrop(db: Db, which: string): (...values: number[]) => void {
  const marks = db.prepare<number[]>(`DELETE FROM edge_usage_copied_days WHERE ${which}`);
  const copies = db.prepare<number[]>(`DELETE FROM edge_usage_day_copies WHERE ${which}`);
  return (...values) => {
    if (marks.run(...values).changes > 0) copies.run(...values);
  };
}
