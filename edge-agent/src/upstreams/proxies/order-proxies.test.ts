import { describe, expect, it } from 'vitest';
import { type Choice, distanceKm, orderProxies } from './order-proxies.ts';

const choice = (id: string, more: Partial<Choice> = {}): Choice => ({ id, latencyMs: null, location: null, ...more });
const asker = { userId: 'usr_1', turn: 0, random: () => 0 };
const ids = (choices: readonly Choice[]) => choices.map(({ id }) => id).join('');

const tokyo = { latitude: 35.7, longitude: 139.7 };
const osaka = { latitude: 34.7, longitude: 135.5 };
const paris = { latitude: 48.9, longitude: 2.3 };

describe('the order of proxies', () => {
  const all = [choice('a'), choice('b'), choice('c')];

  it('is the given one when fixed, whoever asks', () => {
    for (const sticky of [true, false]) {
      expect(ids(orderProxies(all, { strategy: 'fixed', sticky }, { ...asker, turn: 1 }))).toBe('abc');
    }
  });

  it('begins one further with every turn', () => {
    const at = (turn: number) => ids(orderProxies(all, { strategy: 'round_robin', sticky: false }, { ...asker, turn }));
    expect([0, 1, 2, 3].map(at)).toEqual(['abc', 'bca', 'cab', 'abc']);
  });

  it('begins by chance', () => {
    const at = (x: number) => ids(orderProxies(all, { strategy: 'random', sticky: false }, { ...asker, random: () => x }));
    expect([0, 0.5, 0.999].map(at)).toEqual(['abc', 'bca', 'cab']);
  });

  it('of a sticky member is always the same, and only the members of a proxy that leaves move', () => {
    const first = (userId: string, from: readonly Choice[]) =>
      orderProxies(from, { strategy: 'round_robin', sticky: true }, { ...asker, userId })[0]?.id;
    const members = Array.from({ length: 600 }, (_, at) => `usr_${at}`);
    const before = members.map((user) => first(user, all));
    const after = members.map((user) => first(user, all.slice(0, 2)));
    expect(members.every((_, at) => before[at] === 'c' || before[at] === after[at])).toBe(true);
    for (const { id } of all) expect(before.filter((one) => one === id).length).toBeGreaterThan(140);
  });

  it('puts what was measured fastest first, then the nearest, then the unknown in their order', () => {
    const some = [
      choice('u'),
      choice('p', { location: paris }),
      choice('m', { latencyMs: 90 }),
      choice('o', { location: osaka }),
      choice('v'),
    ];
    const order = (location?: typeof tokyo) =>
      ids(orderProxies(some, { strategy: 'geo_optimal', sticky: false }, { ...asker, location }));
    expect(order(tokyo)).toBe('ompuv');
    expect(order()).toBe('mupov');
  });

  it('keeps a sticky member where he was, though another one is now faster', () => {
    const some = [choice('a', { latencyMs: 10 }), choice('b', { latencyMs: 90 })];
    const order = (sticky: boolean) => ids(orderProxies(some, { strategy: 'geo_optimal', sticky }, { ...asker, before: 'b' }));
    expect([order(true), order(false)]).toEqual(['ba', 'ab']);
  });
});

it('measures along the globe', () => {
  expect(distanceKm(tokyo, osaka)).toBeGreaterThan(380);
  expect(distanceKm(tokyo, osaka)).toBeLessThan(420);
  expect(Math.round(distanceKm(tokyo, paris) / 100)).toBe(97);
});
