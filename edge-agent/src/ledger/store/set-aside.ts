import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { emergencyPath } from '../disk/emergency-log.ts';
import type { SetAside } from '../settling.ts';

const marks = { corrupt: 'ledger.corrupt', condemned: 'ledger.condemned' } as const;
type Mark = keyof typeof marks;

/** So that the next start sets the books aside, whatever part of them is corrupt. */
export function markCorrupt(dataDir: string, reason: string): void {
  writeMark(dataDir, 'corrupt', reason);
}

/** So that the next start sets the books aside: whole as they are, they are not those that the centre settled. */
export function markCondemned(dataDir: string, reason: string): void {
  writeMark(dataDir, 'condemned', reason);
}

/** Why the books must be set aside; undefined: nobody said so. */
export function findMark(dataDir: string): { readonly mark: Mark; readonly reason: string } | undefined {
  for (const mark of ['corrupt', 'condemned'] as const) {
    const path = join(dataDir, marks[mark]);
    if (existsSync(path)) return { mark, reason: readFileSync(path, 'utf8') };
  }
  return undefined;
}

/** Moves the books and all that belongs to them to a name of their own, with what can be told of them beside. */
export function setAside(ledgerPath: string, dataDir: string, nowMs: number, mark: Mark, reason: string): SetAside {
  let aside = `${ledgerPath}.${mark}-${nowMs}`;
  for (let again = 1; existsSync(aside); again += 1) aside = `${ledgerPath}.${mark}-${nowMs}-${again}`;
  const told: SetAside = { file: basename(aside), reason, ...readFacts(ledgerPath) };
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(ledgerPath + suffix)) renameSync(ledgerPath + suffix, aside + suffix);
  }
  if (existsSync(emergencyPath(dataDir))) renameSync(emergencyPath(dataDir), `${aside}.emergency`);
  writeDurably(`${aside}.json`, `${JSON.stringify({ at: new Date(nowMs).toISOString(), ...told }, null, 2)}\n`);
  for (const name of Object.values(marks)) rmSync(join(dataDir, name), { force: true });
  return told;
}

/** As far as a broken file still answers. */
function readFacts(path: string): Pick<SetAside, 'books' | 'headSeq' | 'ackedSeq'> {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true });
    const meta = db.prepare<[string], unknown>('SELECT value FROM ledger_meta WHERE name = ?').pluck();
    const books = meta.get('incarnation');
    const ackedSeq = meta.get('acked_seq') ?? 0;
    const headSeq = db.prepare<[], unknown>('SELECT MAX(seq) FROM edge_usage_rows').pluck().get() ?? 0;
    return {
      books: typeof books === 'string' ? books : null,
      headSeq: typeof headSeq === 'number' ? headSeq : null,
      ackedSeq: typeof ackedSeq === 'number' ? ackedSeq : null,
    };
  } catch {
    return { books: null, headSeq: null, ackedSeq: null };
  } finally {
    db?.close();
  }
}

function writeMark(dataDir: string, mark: Mark, reason: string): void {
  writeDurably(join(dataDir, marks[mark]), reason);
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
