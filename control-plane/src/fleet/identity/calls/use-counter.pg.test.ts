import { type CounterWindow, counterWindow, noCounters, takeCounter } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { freshDatabase } from '../../../../test/pg.ts';
import { openDatabase } from '../../../kernel/db.ts';
import { fleetNodes, fleetSessionKeys } from '../../tables.ts';
import { useCounter } from './use-counter.ts';

const pg = await freshDatabase();
const other = openDatabase({ url: pg.url });
afterAll(async () => {
  await other.close();
  await pg.close();
});

const isTaken = async (call: Parameters<typeof useCounter>[1]) => (await useCounter(pg.db, call)) !== undefined;

let made = 0;
async function newKey() {
  made += 1;
  const key = { nodeId: `nod_${made}`, sessionNo: 1, generation: 1 };
  const about = { name: '', role: 'edge' as const, supportedServices: [], registeredAt: new Date() };
  await pg.db.insert(fleetNodes).values({ ...about, id: key.nodeId, tokenHash: key.nodeId });
  await pg.db.insert(fleetSessionKeys).values({ ...key, sealed: '', bootId: '', expiresAt: new Date() });
  return key;
}

it('takes any counter once, whichever replicas the calls reach and however they overtake each other', async () => {
  const key = await newKey();
  const counters = Array.from({ length: 400 }, (_, at) => at + 1);
  const calls = counters
    .flatMap((counter) => [counter, counter, counter])
    .map((counter, at) => ({ counter, at: counter + ((at * 7919) % 200) }))
    .sort((a, b) => a.at - b.at);
  const taken: number[] = [];
  for (let start = 0; start < calls.length; start += 60) {
    await Promise.all(
      calls.slice(start, start + 60).map(async ({ counter }, at) => {
        const db = at % 2 ? other.db : pg.db;
        if (await useCounter(db, { ...key, counter })) taken.push(counter);
      }),
    );
  }
  expect(taken.sort((a, b) => a - b)).toEqual(counters);
});

it('does what the window of shared-protocol does, step by step', async () => {
  const step = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 1200 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (counters) => {
      const key = await newKey();
      let window: CounterWindow = noCounters;
      for (const counter of counters) {
        const next = takeCounter(window, counter);
        expect(await isTaken({ ...key, counter }), `counter ${counter} after ${window.high}`).toBe(next !== undefined);
        window = next ?? window;
      }
      const [row] = await pg.db.select().from(fleetSessionKeys).where(eq(fleetSessionKeys.nodeId, key.nodeId));
      expect([row?.high, BigInt(`0b${row?.seen}`)]).toEqual([window.high, window.seen]);
    }),
    { numRuns: 40 },
  );
});

it('takes nothing that is older than its window, and nothing for a key that is not there', async () => {
  const key = await newKey();
  expect(await isTaken({ ...key, counter: 1000 })).toBe(true);
  expect(await isTaken({ ...key, counter: 1000 - counterWindow })).toBe(false);
  expect(await isTaken({ ...key, counter: 1000 - counterWindow + 1 })).toBe(true);
  expect(await isTaken({ ...key, generation: 2, counter: 1001 })).toBe(false);
  expect(await isTaken({ ...key, counter: 0 })).toBe(false);
});
