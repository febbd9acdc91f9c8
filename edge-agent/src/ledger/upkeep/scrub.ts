import { chargedBetween } from '../settle/charged-between.ts';
import { type ChainPoint, Meta } from '../store/meta.ts';
import type { Db } from '../store/open-database.ts';
import { ChainReader } from '../store/verify-tail.ts';

const rowsPerStep = 500;
/** Above it a check of the whole structure would hold the log too long; the rows have their chain. */
const mostBytesAtOnce = 1024 ** 3;
const mostUnsettled = 50_000;

/** The file contradicts itself outside of the chain. */
export class ScrubFailed extends Error {
  constructor(found: string) {
    super(`the ledger contradicts itself: ${found}`);
    this.name = 'ScrubFailed';
  }
}

/**
 * Reads all of the books in small steps: the chain of every row, the structure of the file, and that what windows
 * spent is what their rows say. Returns the number of rows. Throws ChainBroken, ScrubFailed or what SQLite says of a corrupt file.
 */
export function* scrub(db: Db): Generator<void, number> {
  const meta = new Meta(db);
  const reader = new ChainReader(db);
  let rows = 0;
  // One moment of the file a step: what the sweep deleted meanwhile is skipped, not missed.
  const next = db.transaction((from: ChainPoint): ChainPoint => {
    const base = meta.base();
    const start = base.seq > from.seq ? base : from;
    const head = db.prepare<[], number | null>('SELECT MAX(seq) FROM edge_usage_rows').pluck().get() ?? start.seq;
    const end = reader.verify(start, Math.min(head, start.seq + rowsPerStep));
    rows += end.seq - start.seq;
    return end;
  });
  for (let point = meta.base(), done = false; !done; yield) {
    const end = next(point);
    done = end.seq === point.seq;
    point = end;
  }
  yield* checkStructure(db);
  checkSpent(db, meta);
  return rows;
}

function* checkStructure(db: Db): Generator<void, void> {
  const bytes = Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  const tables = db.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table'`).pluck().all();
  const checks = bytes <= mostBytesAtOnce ? [''] : tables.filter((name) => name !== 'edge_usage_rows').map((name) => `(${name})`);
  for (const of of checks) {
    const found = db.pragma(`integrity_check${of}`, { simple: true });
    if (found !== 'ok') throw new ScrubFailed(String(found).slice(0, 200));
    yield;
  }
}

/** One moment of the file: spent = settled + what the unsettled rows used. */
function checkSpent(db: Db, meta: Meta): void {
  db.transaction(() => {
    const acked = meta.acked().seq;
    const head = db.prepare<[], number | null>('SELECT MAX(seq) FROM edge_usage_rows').pluck().get() ?? acked;
    if (head - acked > mostUnsettled) return;
    const steps = chargedBetween(db, acked, head);
    let step = steps.next();
    while (!step.done) step = steps.next();
    const rows = db.prepare<[], [number, number, number]>('SELECT win, spent, settled FROM edge_spent').raw().all();
    for (const [win, spent, settled] of rows) {
      const unsettled = step.value.get(win) ?? 0;
      if (spent !== settled + unsettled)
        throw new ScrubFailed(`window ${win} spent ${spent}, its rows say ${settled} + ${unsettled}`);
    }
  })();
}
