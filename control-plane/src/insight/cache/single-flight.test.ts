import { expect, test } from 'vitest';
import { SingleFlight } from './single-flight.ts';

/** Work that ends when it is told to, and counts how often it began. */
function manual() {
  const ends: ((error?: Error) => void)[] = [];
  let running = 0;
  let most = 0;
  const work = () =>
    new Promise<number>((resolve, reject) => {
      const no = ends.length + 1;
      running += 1;
      most = Math.max(most, running);
      ends.push((error) => {
        running -= 1;
        if (error) reject(error);
        else resolve(no);
      });
    });
  return { work, ends, began: () => ends.length, most: () => most };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('shares one piece of work among all who ask for it meanwhile', async () => {
  const flights = new SingleFlight();
  const { work, ends, began } = manual();
  const all = [1, 2, 3].map(() => flights.run('a', false, work));
  ends[0]?.();
  expect(await Promise.all(all)).toEqual([1, 1, 1]);
  expect(began()).toBe(1);
});

test('begins anew once the last is done, and apart for another name', async () => {
  const flights = new SingleFlight();
  const { work, ends } = manual();
  const first = flights.run('a', false, work);
  const other = flights.run('b', false, work);
  ends[0]?.();
  ends[1]?.();
  expect([await first, await other]).toEqual([1, 2]);
  const third = flights.run('a', false, work);
  ends[2]?.();
  expect(await third).toBe(3);
});

test('gives who asks for fresh work only what began after he asked, one at a time and shared', async () => {
  const flights = new SingleFlight();
  const { work, ends, began, most } = manual();
  const early = flights.run('a', false, work);
  const fresh = [flights.run('a', true, work), flights.run('a', true, work)];
  await settled();
  expect(began()).toBe(1);
  ends[0]?.();
  await settled();
  expect(began()).toBe(2);
  const late = flights.run('a', false, work);
  const latest = flights.run('a', true, work);
  ends[1]?.();
  await settled();
  ends[2]?.();
  expect([await early, ...(await Promise.all(fresh)), await late, await latest]).toEqual([1, 2, 2, 2, 3]);
  expect(most()).toBe(1);
});

test('tells everyone of a failure, and does not stay broken', async () => {
  const flights = new SingleFlight();
  const { work, ends } = manual();
  const both = [flights.run('a', false, work), flights.run('a', false, work)];
  const fresh = flights.run('a', true, work);
  ends[0]?.(new Error('no'));
  for (const one of both) await expect(one).rejects.toThrow('no');
  await settled();
  ends[1]?.();
  expect(await fresh).toBe(2);
});
