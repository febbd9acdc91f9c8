import { describe, expect, it } from 'vitest';
import { Health } from './health.ts';
import { at, oneGroup } from './test/one-group.ts';
import type { Verdict } from './verdict/judge.ts';

const failed: Verdict = { kind: 'failed', reason: 'http_500' };
const well: Verdict = { kind: 'well' };
const quiet = () => 0;

function play(accounts: number, rules = {}, baseUrls?: readonly string[]) {
  const { group, targets } = oneGroup(accounts, rules, baseUrls);
  const health = new Health(quiet);
  const say = (index: number, verdict: Verdict, nowMs: number, model?: string) => {
    const target = at(targets, index);
    const visit = health.visit(model === undefined ? target : { ...target, model }, group, nowMs);
    if (verdict.kind === 'well') visit.began(10, nowMs);
    visit.ended(verdict, nowMs);
  };
  const ready = (nowMs: number) => health.sift(targets, group, nowMs).ready.map(({ upstream }) => upstream.id);
  const kinds = () => health.drainSignals(100).map(({ kind, upstream_id }) => `${kind} ${upstream_id ?? '-'}`);
  return { group, targets, health, say, ready, kinds };
}

describe('health of accounts', () => {
  it('keeps everybody, in order, while nothing is known against anybody', () => {
    const { targets, health, group } = play(3);
    expect(health.sift(targets, group, 0)).toEqual({ ready: targets, resting: [] });
  });

  it('rests an account for the family of models that was limited, until the announced time and no longer', () => {
    const { say, ready, targets, health, group } = play(2);
    say(0, { kind: 'limited', untilMs: 5_000, reason: 'http_429' }, 0);
    expect([ready(0), ready(4_999), ready(5_000)]).toEqual([['ups_1'], ['ups_1'], ['ups_0', 'ups_1']]);
    const opus = targets.map((target) => ({ ...target, model: 'claude-opus-4-5' }));
    say(0, { kind: 'limited', untilMs: 9_000, reason: 'http_429' }, 0);
    expect(health.sift(opus, group, 10).ready).toHaveLength(2);
    const dated = targets.map((target) => ({ ...target, model: 'claude-sonnet-4-5-20250929' }));
    expect(health.sift(dated, group, 10).ready).toHaveLength(1);
  });

  it('never shortens an announced rest by the word of a request that left earlier', () => {
    const { say, ready } = play(2);
    say(0, { kind: 'limited', untilMs: 60_000, reason: 'http_429' }, 0);
    say(0, { kind: 'limited', untilMs: 2_000, reason: 'http_429' }, 10);
    expect(ready(30_000)).toEqual(['ups_1']);
  });

  it('parks without a time by strikes of 10 s, 20 s, 40 s…, and lets one request find out', () => {
    const { say, ready, health, targets, group } = play(2);
    const parked: Verdict = { kind: 'parked', untilMs: null, reason: 'http_429', scope: 'family' };
    say(0, parked, 0);
    expect([ready(9_999), ready(10_000)]).toEqual([['ups_1'], ['ups_0', 'ups_1']]);
    const trial = health.visit(at(targets, 0), group, 10_000);
    expect(ready(10_001)).toEqual(['ups_1']);
    trial.ended(parked, 10_500);
    expect([ready(30_499), ready(30_500)]).toEqual([['ups_1'], ['ups_0', 'ups_1']]);
    say(0, well, 30_500);
    say(0, parked, 30_600);
    expect(ready(40_600)).toEqual(['ups_0', 'ups_1']);
  });

  it('holds a rejected credential against the account, and forgets it with the credential', () => {
    const { say, ready, targets, health, group, kinds } = play(2);
    say(0, { kind: 'auth_failed', reason: 'http_401', scope: 'account' }, 0);
    expect(ready(299_999)).toEqual(['ups_1']);
    const renewed = targets.map((target) => ({ ...target, upstream: { ...target.upstream, secret: () => 'sk-new' } }));
    expect(health.sift(renewed, group, 1_000).ready).toHaveLength(2);
    expect(kinds()).toEqual(['account_auth_failed ups_0']);
  });

  it('puts an address out for all accounts behind it, says so, and says when it is back', () => {
    const { say, ready, kinds } = play(3, {}, ['https://a.example', 'https://b.example', 'https://c.example']);
    for (let n = 0; n < 3; n += 1) say(0, failed, n);
    expect(ready(10)).toEqual(['ups_1', 'ups_2']);
    expect(kinds()).toEqual(['account_down ups_0']);
    for (let n = 0; n < 5; n += 1) say(0, well, 40_000 + n);
    expect(kinds()).toEqual(['account_back ups_0']);
    expect(ready(40_010)).toEqual(['ups_0', 'ups_1', 'ups_2']);
  });

  it('calls a service down when its only address is, or when its provider says so', () => {
    const same = play(2, {}, ['https://a.example', 'https://a.example']);
    for (let n = 0; n < 3; n += 1) same.say(0, failed, n);
    expect(same.kinds()).toEqual(['service_down -', 'account_down ups_0', 'account_down ups_1']);
    const overloaded = play(2);
    for (let n = 0; n < 3; n += 1) overloaded.say(n % 2, { kind: 'overloaded', untilMs: null, reason: 'http_529' }, n);
    expect(overloaded.kinds()).toEqual(['service_down -']);
    expect(overloaded.health.snapshotOf(10).services_health).toMatchObject({ claude: { status: 'unhealthy' } });
  });

  it('asks those that are out all the same when they are more than half, after those that are well', () => {
    const { say, ready } = play(4);
    for (const index of [0, 1]) for (let n = 0; n < 3; n += 1) say(index, failed, n);
    expect(ready(10)).toEqual(['ups_2', 'ups_3']);
    for (let n = 0; n < 3; n += 1) say(2, failed, n);
    expect(ready(10)).toEqual(['ups_3', 'ups_0', 'ups_1', 'ups_2']);
  });

  it('frees the trial once content came, however long the answer goes on', () => {
    const { say, ready, health, targets, group } = play(2);
    for (let n = 0; n < 3; n += 1) say(0, failed, n);
    const trial = health.visit(at(targets, 0), group, 40_000);
    expect(ready(40_001)).toEqual(['ups_1']);
    trial.began(100, 40_100);
    expect(ready(40_101)).toEqual(['ups_0', 'ups_1']);
    trial.ended(well, 900_000);
  });

  it('shows what is known against accounts, and leaves the others out', () => {
    const { say, health } = play(3, { response_time_ms: 5 });
    say(0, { kind: 'parked', untilMs: 60_000, reason: 'insufficient_quota', scope: 'account' }, 0);
    say(1, well, 0);
    const shown = health.snapshotOf(1);
    expect(shown.accounts_health).toEqual({
      ups_0: {
        status: 'unhealthy',
        reason: 'insufficient_quota',
        until: '1970-01-01T00:01:00.000Z',
        active_requests: 0,
        avg_response_time_ms: null,
        success_rate: 0,
      },
      ups_1: { status: 'degraded', reason: 'slow', until: null, active_requests: 0, avg_response_time_ms: 10, success_rate: 1 },
    });
    expect(shown.services_health).toEqual({ claude: { status: 'degraded', avg_response_time_ms: 10 } });
    expect(health.figures('ups_1', 1)).toEqual({ successRate: 1, firstByteMs: 10 });
  });

  it('tells of the same thing once with a count, and gives every piece of news away once', () => {
    const { health, targets, group } = play(1);
    for (let n = 0; n < 7; n += 1) health.failedOver(at(targets, 0), group, 'http_500', n);
    expect(health.drainSignals(10)).toMatchObject([{ kind: 'failed_over', count: 7, at: '1970-01-01T00:00:00.006Z' }]);
    expect(health.drainSignals(10)).toEqual([]);
  });

  it('forgets what left the config', () => {
    const { say, health, group } = play(2);
    say(0, failed, 0);
    health.forget(() => ({ ...group, services: [] }));
    expect(health.figures('ups_0', 0)).toEqual({ successRate: null, firstByteMs: null });
    health.forget(() => undefined);
    expect(health.groupIds()).toEqual([]);
  });
});

it('lets a fifth of the running requests of a group be repeats, and three in any case', () => {
  const { budget } = new Health();
  const allowed = (active: number) => {
    for (let n = 0; n < active; n += 1) budget.begin('g');
    let retries = 0;
    while (retries < active && budget.mayRetry('g')) retries += 1;
    for (let n = 0; n < active; n += 1) budget.end('g', n < retries);
    return retries;
  };
  expect([2, 10, 15, 40, 100].map(allowed)).toEqual([2, 3, 3, 8, 20]);
});
