import { healthRules } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { Breaker } from './breaker.ts';

const rules = healthRules.parse({});
const none = () => 0;
const out = (breaker: Breaker, nowMs: number, times = 3) => {
  for (let n = 0; n < times; n += 1) breaker.failed(rules, nowMs, none);
};

describe('a breaker', () => {
  it('puts out after three failures in a row by default, or as many as the group says', () => {
    for (const consecutive_failures of [1, 3, 7]) {
      const breaker = new Breaker();
      const fallen = Array.from({ length: consecutive_failures }, () =>
        breaker.failed({ ...rules, consecutive_failures }, 0, none),
      );
      expect(fallen.indexOf(true)).toBe(consecutive_failures - 1);
      expect(breaker.stateAt(1)).toBe('out');
    }
  });

  it('forgets a row of failures when an answer ends well', () => {
    const breaker = new Breaker();
    for (let n = 0; n < 20; n += 1) {
      breaker.failed(rules, n, none);
      breaker.failed(rules, n, none);
      for (let well = 0; well < 5; well += 1) breaker.succeeded(rules, n);
      breaker.endedWell();
    }
    expect(breaker.stateAt(20)).toBe('closed');
  });

  it('puts out at the error rate of the group once 20 requests were seen within 30 s', () => {
    const alternate = (count: number, stepMs: number) => {
      const breaker = new Breaker();
      for (let n = 0; n < count; n += 1) {
        if (n % 2 === 0) breaker.succeeded(rules, n * stepMs);
        else breaker.failed(rules, n * stepMs, none);
        if (n % 2 === 0) breaker.endedWell();
      }
      return breaker.stateAt(count * stepMs);
    };
    expect([alternate(18, 100), alternate(20, 100), alternate(40, 5_000)]).toEqual(['closed', 'out', 'closed']);
  });

  it('stays out 30 s times how often it fell, 300 s at most, jitter included', () => {
    const breaker = new Breaker();
    let nowMs = 0;
    const stays: number[] = [];
    for (let times = 0; times < 12; times += 1) {
      out(breaker, nowMs);
      stays.push(breaker.untilMs - nowMs);
      expect(breaker.stateAt(breaker.untilMs - 1)).toBe('out');
      nowMs = breaker.untilMs;
      expect(breaker.stateAt(nowMs)).toBe('trial');
    }
    expect(stays.slice(0, 3)).toEqual([30_000, 60_000, 90_000]);
    expect(Math.max(...stays)).toBe(300_000);
    const jittered = new Breaker();
    for (let n = 0; n < 3; n += 1) jittered.failed(rules, 0, () => 0.999);
    expect(jittered.untilMs).toBeGreaterThan(32_000);
    expect(jittered.untilMs).toBeLessThanOrEqual(33_000);
  });

  it('is back after five successes in a row on trial, and out again after one failure', () => {
    const breaker = new Breaker();
    out(breaker, 0);
    const back = Array.from({ length: 5 }, (_, n) => breaker.succeeded(rules, 30_000 + n));
    expect(back).toEqual([false, false, false, false, true]);
    expect(breaker.stateAt(31_000)).toBe('closed');
    out(breaker, 40_000);
    const untilMs = breaker.untilMs;
    for (let n = 0; n < 4; n += 1) breaker.succeeded(rules, untilMs + n);
    expect(breaker.failed(rules, untilMs + 5, none)).toBe(true);
    expect(breaker.stateAt(untilMs + 6)).toBe('out');
  });

  it('bears some failures on trial where a rate of successes is asked for, and waits until it is reached', () => {
    const tolerant = { ...rules, consecutive_successes: 2, success_rate: 0.8 };
    const breaker = new Breaker();
    out(breaker, 0);
    breaker.stateAt(30_000);
    expect(breaker.failed(tolerant, 30_000, none)).toBe(false);
    const back = Array.from({ length: 4 }, (_, n) => breaker.succeeded(tolerant, 30_001 + n));
    expect(back).toEqual([false, false, false, true]);
  });

  it('admits one at a time on trial', () => {
    const breaker = new Breaker();
    out(breaker, 0);
    expect([breaker.enter(30_000), breaker.enter(30_000)]).toEqual([true, false]);
    breaker.leave();
    expect(breaker.enter(30_001)).toBe(true);
  });

  it('forgives after ten good minutes', () => {
    const breaker = new Breaker();
    out(breaker, 0);
    for (let n = 0; n < 5; n += 1) breaker.succeeded(rules, 30_000 + n);
    out(breaker, 700_000);
    expect(breaker.untilMs - 700_000).toBe(30_000);
  });
});
