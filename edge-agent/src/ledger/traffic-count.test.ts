import { expect, it } from 'vitest';
import { TrafficCount } from './traffic-count.ts';

it('forgets requests after 60 seconds, and the day at midnight UTC', () => {
  let nowMs = Date.UTC(2026, 0, 1, 23, 59, 30);
  const traffic = new TrafficCount(() => nowMs, 5);
  traffic.add();
  nowMs += 20_000;
  traffic.add();
  expect([traffic.today(), traffic.lastMinute()]).toEqual([7, 2]);
  nowMs += 20_000;
  expect([traffic.today(), traffic.lastMinute()]).toEqual([0, 2]);
  nowMs += 20_000;
  expect(traffic.lastMinute()).toBe(1);
  nowMs += 3_600_000;
  traffic.add();
  expect([traffic.today(), traffic.lastMinute()]).toEqual([1, 1]);
});

it('goes on when the clock steps back', () => {
  let nowMs = Date.UTC(2026, 0, 2, 12);
  const traffic = new TrafficCount(() => nowMs, 0);
  traffic.add();
  nowMs -= 3_000_000;
  traffic.add();
  expect([traffic.today(), traffic.lastMinute()]).toEqual([2, 2]);
});
