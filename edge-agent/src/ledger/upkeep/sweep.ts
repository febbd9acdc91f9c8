import type { Meta } from '../store/meta.ts';
import type { Db } from '../store/open-database.ts';
import { addExcluded, dimensionNames, sumNames, sumsOverSums } from '../store/sums.ts';
import { copyHours, preparedDrop } from './day-copies.ts';

const dayMs = 86_400_000;
export const keep = { hourlyMs: 7 * dayMs, rowsMs: 30 * dayMs, dailyMs: 92 * dayMs, logMs: 30 * dayMs, healthMs: 30 * dayMs };

const foldedPerChunk = 1000;
const rowsPerChunk = 2000;
/** A row from further ahead than this was written under a wrong clock and keeps nothing behind it. */
const clockErrorMs = 2 * dayMs;

/**
 * One short step of housekeeping, in transactions of its own; true when there is more to do. Rows behind
 * `keepFromSeq` stay whatever their age: however long the control plane is away, only room on the disk bounds what it
 * has not taken yet. What makes room goes first.
 */
export function sweepChunk(db: Db, meta: Meta, nowMs: number, keepFromSeq: number): boolean {
  const steps = [
    deleteRows(db, meta, nowMs, keepFromSeq),
    deleteBefore(db, 'edge_service_health', 'checked_at_ms', nowMs - keep.healthMs),
    deleteBefore(db, 'edge_log', 'at_ms', nowMs - keep.logMs),
    foldHours(db, dayStart(nowMs - keep.hourlyMs)),
    copyHours(db, dayStart(nowMs - keep.hourlyMs), dayStart(nowMs)),
    deleteBefore(db, 'edge_usage_daily', 'day_at_ms', dayStart(nowMs - keep.dailyMs)),
  ];
  return steps.includes(true);
}

export function dayStart(atMs: number): number {
  return Math.floor(atMs / dayMs) * dayMs;
}

/** Moves sums from hours to UTC days. A sum is in one of the two tables at any time, so readers add both. */
function foldHours(db: Db, beforeMs: number): boolean {
  const key = `hour_at_ms, ${dimensionNames}`;
  const oldest = (columns: string) =>
    `SELECT ${columns} FROM edge_usage_hourly WHERE hour_at_ms < ? ORDER BY ${key} LIMIT ${foldedPerChunk}`;
  const dropCopies = preparedDrop(db, 'day_at_ms < ?');
  return db.transaction(() => {
    dropCopies(beforeMs);
    db.prepare(
      `INSERT INTO edge_usage_daily (day_at_ms, ${dimensionNames}, ${sumNames})
       SELECT hour_at_ms / ${dayMs} * ${dayMs}, ${dimensionNames}, ${sumsOverSums} FROM (${oldest('*')})
       WHERE true GROUP BY 1, ${dimensionNames} ON CONFLICT DO UPDATE SET ${addExcluded}`,
    ).run(beforeMs);
    const moved = db.prepare(`DELETE FROM edge_usage_hourly WHERE (${key}) IN (${oldest(key)})`).run(beforeMs);
    return moved.changes === foldedPerChunk;
  })();
}

/** Deletes the oldest rows; the chain goes on from the last one deleted, whose hash `meta` keeps. */
function deleteRows(db: Db, meta: Meta, nowMs: number, keepFromSeq: number): boolean {
  const cutoff = nowMs - keep.rowsMs;
  const base = meta.base();
  const limit = Math.min(meta.rolledUpTo(), keepFromSeq);
  const oldest = db
    .prepare<[number, number], [number, number]>(
      `SELECT seq, ended_at_ms FROM edge_usage_rows WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ${rowsPerChunk}`,
    )
    .raw()
    .all(base.seq, limit);
  const kept = oldest.findIndex(([, endedAtMs]) => endedAtMs >= cutoff && endedAtMs <= nowMs + clockErrorMs);
  const count = kept === -1 ? oldest.length : kept;
  const last = oldest[count - 1]?.[0];
  if (last === undefined) return false;
  db.transaction(() => {
    const chain = db.prepare<[number], Buffer>('SELECT chain FROM edge_usage_rows WHERE seq = ?').pluck().get(last);
    if (!chain) throw new Error(`row ${last} vanished while it was being deleted`);
    meta.setBase({ seq: last, chain });
    meta.setRawFromMs(Math.max(meta.rawFromMs(), cutoff));
    db.prepare('DELETE FROM edge_usage_rows WHERE seq <= ?').run(last);
  })();
  return count === rowsPerChunk;
}

function deleteBefore(db: Db, table: string, column: string, beforeMs: number): boolean {
  const gone = db
    .prepare(`DELETE FROM ${table} WHERE ${column} < ? AND ${column} <= (
      SELECT MAX(${column}) FROM (SELECT ${column} FROM ${table} ORDER BY ${column} LIMIT ${rowsPerChunk}))`)
    .run(beforeMs);
  return gone.changes >= rowsPerChunk;
}
