import { expect, test } from 'vitest';
import type { Guest } from '../../limits/gate.ts';
import { Gatekeeper } from '../../limits/gatekeeper.ts';
import { InFlight } from '../../routing/in-flight.ts';
import { GateDesk } from './gate-desk.ts';
import { PlaceDesk } from './place-desk.ts';

const none = { requests: null, tokensPerMinute: null, concurrency: null };
const guest = (more: Partial<Guest['key']> = {}, member = none as Guest['group']['memberLimits']): Guest => ({
  key: { id: 'key_1', userId: 'usr_1', rateLimit: null, tokensPerMinute: null, concurrency: null, ...more },
  group: { id: 'grp_1', limits: none, memberLimits: member },
});

const clock = () => 0;

test('a request of one worker counts for the next one', async () => {
  const desk = new GateDesk(new Gatekeeper(), clock);
  const one = guest({ rateLimit: { requests: 2, windowMs: 60_000 } });
  expect(await desk.enter(1, 1, one, false)).toMatchObject({ refusal: null, headroom: { requests: { limit: 2, remaining: 1 } } });
  expect(await desk.enter(2, 1, one, false)).toMatchObject({ refusal: null });
  expect(await desk.enter(3, 1, one, false)).toMatchObject({ refusal: { code: 'rate_limited' } });
});

test('who waits is let in when a request of another worker ends, or when its worker died', async () => {
  for (const end of ['leaves', 'dies'] as const) {
    const desk = new GateDesk(new Gatekeeper(), clock);
    const one = guest({ concurrency: 1 });
    await desk.enter(1, 7, one, false);
    const waiting = desk.enter(2, 7, one, false);
    let isIn = false;
    void waiting.then(() => {
      isIn = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isIn).toBe(false);
    if (end === 'leaves') desk.leave(1, 7);
    else desk.lost(1);
    expect(await waiting).toMatchObject({ refusal: null });
  }
});

test('a caller that hangs up while he waits takes no place, nor does one whose worker dies while he waits', async () => {
  const desk = new GateDesk(new Gatekeeper(), clock);
  const one = guest({ concurrency: 1 });
  await desk.enter(1, 1, one, false);
  const first = desk.enter(2, 1, one, false);
  const second = desk.enter(3, 1, one, false);
  await new Promise((resolve) => setTimeout(resolve, 5));
  desk.leave(2, 1);
  desk.lost(3);
  expect([await first, await second]).toEqual([null, null]);
  desk.leave(1, 1);
  expect(await desk.enter(4, 1, one, false)).toMatchObject({ refusal: null });
});

test('tokens that a dead worker was promised count as used', async () => {
  const desk = new GateDesk(new Gatekeeper(), clock);
  const one = guest({ tokensPerMinute: 1_000 });
  expect(await desk.promise(1, 1, one, 400)).toMatchObject({ refusal: null });
  expect(await desk.promise(2, 1, one, 500)).toMatchObject({ refusal: null });
  desk.used(2, 1, one, 100);
  desk.lost(1);
  expect(await desk.promise(3, 1, one, 501)).toMatchObject({ refusal: { code: 'tokens_limited' } });
  expect(await desk.promise(3, 2, one, 500)).toMatchObject({ refusal: null });
});

test('a promise whose request left is given back, whether it was made before or after; a refused one changes nothing', async () => {
  const desk = new GateDesk(new Gatekeeper(), clock);
  const one = guest({ tokensPerMinute: 1_000 });
  await desk.promise(1, 1, one, 300);
  await desk.promise(1, 2, one, 300);
  expect(desk.leave(1, 2)).toBe(true);
  const asked = desk.promise(1, 3, one, 700);
  expect(desk.leave(1, 3)).toBe(true);
  await asked;
  expect(await desk.promise(1, 4, one, 701)).toMatchObject({ refusal: { code: 'tokens_limited' } });
  expect(desk.leave(1, 4)).toBe(false);
  expect(await desk.promise(1, 5, one, 700)).toMatchObject({ refusal: null, headroom: { tokens: { remaining: 0 } } });
});

test('an account has as many places as its cap for all workers together', async () => {
  const desk = new PlaceDesk(new InFlight());
  expect(await Promise.all([1, 2, 3].map((worker) => desk.claim(worker, 1, 'ups', 2)))).toEqual([true, true, false]);
  expect(desk.leave(2, 1)).toBe(true);
  expect(desk.leave(2, 1)).toBe(false);
  expect(await desk.claim(3, 2, 'ups', 2)).toBe(true);
  desk.lost(1);
  expect(desk.of('ups')).toBe(1);
});

test('requests that began before an account got a cap count, until they end or their worker does', async () => {
  const desk = new PlaceDesk(new InFlight());
  desk.tell(1, [['ups', 2]]);
  expect(await desk.claim(2, 1, 'ups', 2)).toBe(false);
  desk.tell(1, [['ups', 1]]);
  expect(await desk.claim(2, 1, 'ups', 2)).toBe(true);
  desk.lost(1);
  expect(desk.of('ups')).toBe(1);
});

test('of a cap that several nodes share only the part of this one is given', async () => {
  const desk = new PlaceDesk(new InFlight({ most: (_id, cap) => cap / 2, counted: () => undefined }));
  expect(await Promise.all([1, 2, 3].map((worker) => desk.claim(worker, 1, 'ups', 4)))).toEqual([true, true, false]);
});
