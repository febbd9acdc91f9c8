import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openBooks } from '../store/open-books.ts';
import { openReader } from '../store/open-database.ts';
import { InProcessBooks } from '../test/in-process-books.ts';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { tamper } from '../test/read-books.ts';
import { newRow } from '../test/rows.ts';
import { scrub } from './scrub.ts';

const path = (dataDir: string) => join(dataDir, 'ledger.db');

function scrubAll(dataDir: string): number {
  const db = openReader(path(dataDir));
  try {
    const steps = scrub(db);
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
  } finally {
    db.close();
  }
}

/** Every value of every table, or undefined where the file cannot even be read. */
function contentOf(file: string): string | undefined {
  const db = new Database(file, { readonly: true });
  try {
    const tables = db.prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1`).pluck().all();
    return JSON.stringify(tables.map((name) => [name, db.prepare(`SELECT * FROM ${name}`).raw().all()]));
  } catch {
    return undefined;
  } finally {
    db.close();
  }
}

function fullBooks(rows: number): string {
  const dataDir = newDataDir();
  const books = new InProcessBooks(dataDir);
  for (let done = 0; done < rows; done += 500) {
    const charges = (at: number) => (at % 3 === 0 ? [] : [{ win: at % 40, amount: at }]);
    books.settle(Array.from({ length: 500 }, (_, at) => newRow({ charges: charges(at), endedAtMs: 1e12 + done * 1000 + at })));
  }
  books.acknowledgeAll();
  books.rollUp();
  books.close();
  tamper(dataDir, 'UPDATE edge_spent SET settled = spent');
  return dataDir;
}

/** Repeatable. */
function* randomNumbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('the scrub', () => {
  it('reads every row of books that are whole', () => {
    expect(scrubAll(fullBooks(2500))).toBe(2500);
    expect(scrubAll(fullBooks(0))).toBe(0);
  });

  it('finds every single flipped bit of the rows: 60 of 60', () => {
    const dataDir = fullBooks(5000);
    const whole = readFileSync(path(dataDir));
    const content = contentOf(path(dataDir));
    const random = randomNumbers(20_261_121);
    let found = 0;
    let harmless = 0;
    while (found < 60) {
      const bytes = Buffer.from(whole);
      const at = Math.floor(random.next().value * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random.next().value * 8));
      writeFileSync(path(dataDir), bytes);
      let isFound = false;
      try {
        scrubAll(dataDir);
        openBooksAgain(dataDir, bytes);
      } catch {
        isFound = true;
      }
      if (isFound) found += 1;
      else {
        // Room between the cells of a page: nothing reads it.
        expect(contentOf(path(dataDir)) === content || isRollUpOnly(content, contentOf(path(dataDir)))).toBe(true);
        harmless += 1;
      }
    }
    expect(harmless).toBeLessThan(20);
  });

  it('finds an index that no longer agrees with its rows', () => {
    const dataDir = fullBooks(500);
    const db = new Database(path(dataDir), { readonly: true });
    const page =
      db.prepare<[], number>(`SELECT rootpage FROM sqlite_schema WHERE name = 'edge_usage_rows_by_end'`).pluck().get() ?? 0;
    db.close();
    const bytes = readFileSync(path(dataDir));
    const lastByteOfPage = page * 4096 - 1;
    bytes[lastByteOfPage] = (bytes[lastByteOfPage] ?? 0) ^ 1;
    writeFileSync(path(dataDir), bytes);
    expect(() => scrubAll(dataDir)).toThrow(/contradicts itself|malformed/);
  });

  it('finds slices that are not what their rows say', () => {
    const dataDir = fullBooks(500);
    tamper(dataDir, 'UPDATE edge_spent SET spent = spent + 1 WHERE win = 7');
    expect(() => scrubAll(dataDir)).toThrow(/window 7/);
  });

  it('does not take for a loss what the sweep deletes while it reads', () => {
    const dataDir = fullBooks(2500);
    const db = openReader(path(dataDir));
    const steps = scrub(db);
    steps.next();
    const books = new InProcessBooks(dataDir);
    books.sweep(1e12 + 31 * 86_400_000 + 2_000_000);
    books.close();
    let step = steps.next();
    while (!step.done) step = steps.next();
    expect(step.value).toBeLessThan(2500);
    db.close();
  });

  it('runs by itself, stops the node when it finds something, and the next start sets the books aside', async () => {
    const dataDir = newDataDir();
    const first = await openTestLedger({ dataDir });
    for (let at = 0; at < 20; at += 1) await first.ledger.settle(newRow());
    await first.ledger.settling.acknowledge(20);
    await first.ledger.close();
    const kept = `${path(dataDir)}.kept`;
    copyFileSync(path(dataDir), kept);
    tamper(dataDir, 'UPDATE edge_usage_rows SET output = 1 WHERE seq = 3');
    const failures: Error[] = [];
    const { ledger } = await openTestLedger({ dataDir, scrubEveryMs: 100, onFatal: (error) => failures.push(error) });
    expect(ledger.head().seq).toBe(20);
    await expect.poll(() => failures.length, { timeout: 5000 }).toBe(1);
    expect(failures[0]?.message).toContain('broken at row 3');
    expect(ledger.accepting()).toMatchObject({ ok: false });
    await ledger.close();
    const again = await openTestLedger({ dataDir });
    expect(again.ledger.settling.openedWith.setAside).toMatchObject({ headSeq: 20, ackedSeq: 20 });
    await again.ledger.close();

    const healthy = newDataDir();
    copyFileSync(kept, path(healthy));
    const { ledger: whole, lines } = await openTestLedger({ dataDir: healthy, scrubEveryMs: 100 });
    await expect
      .poll(() => lines.map(({ message }) => message), { timeout: 5000 })
      .toContainEqual(expect.stringContaining('whole'));
    expect(whole.accepting()).toEqual({ ok: true });
  });
});

it('runs at once when a proof finds rows that contradict their chain', async () => {
  const dataDir = newDataDir();
  const first = await openTestLedger({ dataDir });
  for (let at = 0; at < 20; at += 1) await first.ledger.settle(newRow());
  await first.ledger.settling.acknowledge(20);
  await first.ledger.close();
  tamper(dataDir, 'UPDATE edge_usage_rows SET output = 1 WHERE seq = 3');
  const failures: Error[] = [];
  const { ledger } = await openTestLedger({ dataDir, onFatal: (error) => failures.push(error) });
  expect(await ledger.settling.prove(4, 20)).toMatchObject({ rows: 17, chain: ledger.head().chain });
  expect(await ledger.settling.prove(1, 20)).toMatchObject({ rows: 20, chain: '' });
  await expect
    .poll(() => failures.map(({ message }) => message), { timeout: 5000 })
    .toEqual([expect.stringContaining('broken at row 3')]);
});

/** What the scrub did not find must at least not keep the node from starting. */
function openBooksAgain(dataDir: string, bytes: Buffer): void {
  const copy = newDataDir();
  writeFileSync(path(copy), bytes);
  const books = openBooks(copy, 0, undefined);
  books.db.close();
  if (books.setAside) throw new Error(books.setAside.reason);
  expect(dataDir).not.toBe(copy);
}

/** Sums for statistics are made from the rows and prove nothing. */
function isRollUpOnly(before: string | undefined, after: string | undefined): boolean {
  const rowsOnly = (content: string | undefined) =>
    content === undefined
      ? undefined
      : JSON.stringify((JSON.parse(content) as [string, unknown][]).filter(([name]) => !/hourly|daily|day_copies/.test(name)));
  return after !== undefined && rowsOnly(before) === rowsOnly(after);
}
