import { existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { readBooks, tamper, verifyBooks } from '../test/read-books.ts';
import { intentOf, newRow } from '../test/rows.ts';
import { ballastPath } from './ballast.ts';
import { emergencyPath } from './emergency-log.ts';
import { preallocate } from './preallocate.ts';
import { RoomKeeper } from './room-keeper.ts';

const KiB = 1024;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const never = new AbortController().signal;

/** Books that may not grow beyond a few hundred rows, with an emergency log. */
async function smallBooks(dataDir = newDataDir()) {
  if (!existsSync(emergencyPath(dataDir))) await preallocate(emergencyPath(dataDir), 4096 * KiB, never);
  const { ledger, lines } = await openTestLedger({ dataDir, maxPages: 120 });
  const fill = async () => {
    const rows: Promise<number>[] = [];
    await expect
      .poll(
        () => {
          for (let more = 0; more < 50; more += 1) rows.push(ledger.settle(newRow({ charges: [{ win: 1, amount: 1 }] })));
          return ledger.accepting().ok;
        },
        { interval: 20, timeout: 10_000 },
      )
      .toBe(false);
    return rows;
  };
  return { dataDir, ledger, lines, fill };
}

const spentIn = (dataDir: string) => readBooks(dataDir, 'SELECT spent FROM edge_spent')[0]?.['spent'];

describe('books that cannot grow', () => {
  it('keep rows in the emergency log, numbered and chained, and say so', async () => {
    const { ledger, fill, dataDir } = await smallBooks();
    const seqs = await Promise.all(await fill());
    expect(seqs).toEqual(seqs.map((_, at) => at + 1));
    expect(ledger.head().seq).toBe(seqs.length);
    expect(Number(readBooks(dataDir, 'SELECT MAX(seq) AS seq FROM edge_usage_rows')[0]?.['seq'])).toBeLessThan(seqs.length);
    expect(ledger.accepting()).toMatchObject({ ok: false });
  });

  it('put those rows into the tables at the next start, once', async () => {
    const { ledger, fill, dataDir } = await smallBooks();
    const open = newRow();
    await ledger.intend({ ...intentOf(open), holds: [{ win: 1, amount: 1000 }] });
    const count = (await Promise.all(await fill())).length;
    const { chain } = ledger.head();
    await ledger.close();
    for (const lost of [1, 0]) {
      const again = await openTestLedger({ dataDir });
      expect(readBooks(dataDir, `SELECT hex(chain) AS chain FROM edge_usage_rows WHERE seq = ${count}`)).toEqual([
        { chain: chain.toUpperCase() },
      ]);
      expect(verifyBooks(dataDir)).toBe(count + 1);
      expect(again.ledger.head().seq).toBe(count + 1);
      expect(spentIn(dataDir)).toBe(count + 1000);
      expect(again.lines.filter(({ message }) => message.includes('emergency log'))).toHaveLength(lost);
      await again.ledger.close();
    }
  });

  it.each([true, false])(
    'book an attempt once whose end came into the emergency log before its beginning found room (%s)',
    async (roomComes) => {
      const { ledger, fill, dataDir } = await smallBooks();
      await Promise.all(await fill());
      const rows = Array.from({ length: 20 }, () => newRow());
      const intents = Promise.allSettled(rows.map((row) => ledger.intend(intentOf(row))));
      await Promise.all(rows.map((row) => ledger.settle(row)));
      const { seq } = ledger.head();
      if (roomComes) {
        tamper(dataDir, 'DROP INDEX edge_usage_rows_by_end');
        await expect.poll(() => ledger.accepting(), { timeout: 20_000 }).toEqual({ ok: true });
        expect(readBooks(dataDir, 'SELECT MAX(seq) AS seq FROM edge_usage_rows')).toEqual([{ seq }]);
      }
      await ledger.close();
      await intents;
      const again = await openTestLedger({ dataDir });
      expect(again.lines.map(({ message }) => message)).not.toContainEqual(expect.stringContaining('left open'));
      expect(again.ledger.head().seq).toBe(seq);
    },
  );

  it('go on in the tables once there is room, without a restart', async () => {
    const { ledger, fill, dataDir, lines } = await smallBooks();
    const count = (await Promise.all(await fill())).length;
    const stored = Number(readBooks(dataDir, 'SELECT MAX(seq) AS seq FROM edge_usage_rows')[0]?.['seq']);
    await ledger.settling.acknowledge(stored);
    tamper(dataDir, 'DROP INDEX edge_usage_rows_by_end');
    await expect.poll(() => ledger.accepting(), { timeout: 20_000 }).toEqual({ ok: true });
    expect(readBooks(dataDir, 'SELECT count(*) AS rows FROM edge_usage_rows')).toEqual([{ rows: count }]);
    expect(await ledger.settle(newRow())).toBe(count + 1);
    expect(verifyBooks(dataDir)).toBe(count + 1);
    expect(spentIn(dataDir)).toBe(count);
    expect(lines.map(({ message }) => message)).toContain('the ledger can grow again');

    // Full a second time: what is replayed is what was written last.
    const more = (await Promise.all(await fill())).length;
    await ledger.close();
    const again = await openTestLedger({ dataDir });
    expect(again.ledger.head().seq).toBe(count + 1 + more);
    expect(again.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining('emergency log'));
  });
});

describe('kept room', () => {
  it('is really taken, when the disk has plenty beyond its reserve', async () => {
    const dataDir = newDataDir();
    const keeper = new RoomKeeper(dataDir, { ballastBytes: 2048 * KiB, emergencyBytes: 256 * KiB }, silent);
    await keeper.keep(1024 * KiB);
    expect([existsSync(ballastPath(dataDir)), existsSync(emergencyPath(dataDir))]).toEqual([false, true]);
    await keeper.keep(2048 * KiB);
    expect(statSync(ballastPath(dataDir)).blocks * 512).toBeGreaterThanOrEqual(2048 * KiB);
    expect(statSync(emergencyPath(dataDir)).size).toBe(256 * KiB);
  });

  it('goes to the books when the disk is full, and is taken again afterwards', async () => {
    const dataDir = newDataDir();
    await preallocate(ballastPath(dataDir), 256 * KiB, never);
    const keptRoom = { ballastBytes: 256 * KiB, emergencyBytes: 0 };
    const { ledger } = await openTestLedger({ dataDir, maxPages: 120, keptRoom, reserveBytes: 0 });
    const rows: Promise<unknown>[] = [];
    await expect
      .poll(
        () => {
          for (let more = 0; more < 50; more += 1) rows.push(ledger.settle(newRow()).catch(() => undefined));
          return existsSync(ballastPath(dataDir));
        },
        { interval: 20, timeout: 10_000 },
      )
      .toBe(false);
    await expect.poll(() => existsSync(ballastPath(dataDir)), { timeout: 8000, interval: 100 }).toBe(true);
    await ledger.close();
    await Promise.all(rows);
  });

  it('leaves nothing half made behind', async () => {
    const dataDir = newDataDir();
    const keeper = new RoomKeeper(dataDir, { ballastBytes: 200 * KiB * KiB, emergencyBytes: 0 }, silent);
    const making = keeper.keep(2 ** 40);
    keeper.yield();
    await making;
    expect(existsSync(ballastPath(dataDir))).toBe(false);
    expect(existsSync(`${ballastPath(dataDir)}.part`)).toBe(false);
  });
});
