import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openLedger } from '../ledger/ledger.ts';
import { slotFolder } from './books/slot-folders.ts';
import { openUnusedBooks } from './unused-books.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clocks = { nowMs: Date.now, monotonicMs: () => performance.now() };

test('books of slots without a worker are open, and take no room for requests that will not come', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'carpool-unused-'));
  closing.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const folder = slotFolder(dataDir, 2);
  const former = await openLedger({ dataDir: folder, nowMs: Date.now, log });
  await former.close();
  writeFileSync(join(folder, 'ledger.ballast'), 'room');
  vi.useFakeTimers({ toFake: ['setInterval'] });
  const books = await openUnusedBooks({ dataDir, workers: 1, log: log as never, clocks, snapshots: { pin: () => undefined } });
  closing.push(() => Promise.all(books.map(({ ledger }) => ledger.close())));
  expect(books.map(({ ledger }) => ledger.head())).toEqual([former.head()]);
  vi.advanceTimersByTime(20_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(readdirSync(folder).filter((name) => /ballast|emergency/.test(name))).toEqual([]);
});
