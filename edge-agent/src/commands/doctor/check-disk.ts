import { mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { defaultReserve } from '../../ledger/disk/disk-room.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const GiB = 1024 ** 3;
const tmpfs = 0x01021994;
const commits = 20;
const slowCommitMs = 50;

/** Nobody but the owner may look into the folder: the identity of the node is in it. */
export function checkPermissions(dataDir: string): Finding {
  const open = statSync(dataDir).mode & 0o077;
  if (process.platform === 'win32' || open === 0) return ok('data folder', `${dataDir}, writable, for its owner alone`);
  return fail('data folder', `${dataDir} can be read by other users`, `Run: chmod 700 ${dataDir}`);
}

export function checkSpace(dataDir: string): Finding {
  const { bavail, bsize, blocks } = statfsSync(dataDir);
  const free = bavail * bsize;
  const found = `${(free / GiB).toFixed(1)} GiB free`;
  if (free < defaultReserve(blocks * bsize))
    return fail(
      'disk space',
      found,
      'Below 512 MiB or 2 % the node takes no requests, so that it can book those it has begun: free some space.',
    );
  if (free < GiB) return warn('disk space', found, 'Free some space soon: books, logs and health entries need about 1 GiB.');
  return ok('disk space', found);
}

/** Does a commit reach the disk, and how long does that take? Every request waits for one. */
export function checkDurability(dataDir: string, monotonicMs: () => number): Finding {
  const what = 'durability';
  if (statfsSync(dataDir).type === tmpfs) {
    return warn(what, 'the data folder lies in memory', 'What is booked is lost with the machine; choose a folder on a disk.');
  }
  const folder = mkdtempSync(join(dataDir, 'doctor-'));
  try {
    const db = new Database(join(folder, 'probe.db'));
    const mode = db.pragma('journal_mode = WAL', { simple: true });
    db.pragma('synchronous = FULL');
    const full = db.pragma('synchronous', { simple: true });
    db.exec('CREATE TABLE probe (n INTEGER)');
    const insert = db.prepare('INSERT INTO probe VALUES (?)');
    const times = Array.from({ length: commits }, (_, at) => {
      const startedMs = monotonicMs();
      insert.run(at);
      return monotonicMs() - startedMs;
    });
    db.close();
    if (mode !== 'wal' || full !== 2)
      return fail(what, `SQLite runs as ${mode}/${full} here`, 'Choose a local disk; network folders do not work.');
    const median = times.sort((a, b) => a - b)[commits / 2] ?? 0;
    const found = `a commit takes ${median.toFixed(1)} ms`;
    return median > slowCommitMs ? warn(what, found, 'Every request waits for a commit: choose a faster disk.') : ok(what, found);
  } catch (error) {
    return fail(what, error instanceof Error ? error.message : String(error), 'Choose a local disk that this user can write to.');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
