import { beforeEach, expect, test } from 'vitest';
import { testSnapshot } from '../../../test/snapshot.ts';
import { Health, type Outcome, type Verdict } from '../../health/health.ts';
import { at } from '../../health/test/one-group.ts';
import { CurrentSnapshot } from '../../snapshot/current.ts';
import { hearOutcomes } from '../news.ts';
import { findTarget } from '../targets.ts';
import { TrialDesk } from './trial-desk.ts';

/** A node of three processes in miniature: what one of them sees the others hear. The first is the primary. */
const snapshot = testSnapshot({ baseUrls: ['http://one.test', 'http://two.test', 'http://three.test'] });
const found = snapshot.findGroup('grp_test');
if (!found) throw new Error('the test snapshot has no group');
const group = found;
const target = (upstream: string) => {
  const one = findTarget(group, upstream, 'claude-sonnet-4-5');
  if (!one) throw new Error(`no ${upstream}`);
  return one;
};
const wish = { groupId: 'grp_test', upstreamId: 'ups_0', model: 'claude-sonnet-4-5' };
const failed: Verdict = { kind: 'failed', reason: 'connection' };
let nowMs: number;
let all: Health[];
let desk: TrialDesk;

beforeEach(() => {
  nowMs = 1_000_000;
  all = [];
  for (let no = 0; no < 3; no += 1) {
    const tell = (outcome: Outcome) => {
      for (const other of all) if (other !== all[no]) hearOutcomes(other, snapshot, [JSON.parse(JSON.stringify(outcome))]);
    };
    all.push(new Health(() => 0.5, tell));
  }
  desk = new TrialDesk({ health: at(all, 0), snapshots: new CurrentSnapshot(snapshot), nowMs: () => nowMs });
});

const fail = (process: number, times = 1) => {
  for (let one = 0; one < times; one += 1) at(all, process).visit(target('ups_0'), group, nowMs).ended(failed, nowMs);
};
const succeed = (process: number) => {
  const visit = at(all, process).visit(target('ups_0'), group, nowMs);
  visit.began(5, nowMs);
  visit.ended({ kind: 'well' }, nowMs);
};
const closed = () => all.map((health) => health.isClosed(target('ups_0'), group, nowMs));

test('failures that several processes see are one row, and open the breaker of all', () => {
  const { consecutive_failures: row } = group.health;
  for (let one = 0; one < row - 1; one += 1) fail(1 + (one % 2));
  expect(closed()).toEqual([false, false, false]);
  fail(1);
  expect(closed()).toEqual([true, true, true]);
});

test('a success of one process ends the row of all', () => {
  const { consecutive_failures: row } = group.health;
  fail(1, row - 1);
  succeed(2);
  fail(1);
  expect(closed()).toEqual([false, false, false]);
});

test('of what is on trial one process tries one request, and a failed trial is over for all', () => {
  fail(1, group.health.consecutive_failures);
  expect(desk.claim(1, 1, wish)).toBe(false);
  nowMs += 40_000;
  expect(all.map((health) => health.isOnTrial(target('ups_0'), group, nowMs))).toEqual([true, true, true]);
  expect([desk.claim(1, 1, wish), desk.claim(2, 1, wish), desk.claim(1, 2, wish)]).toEqual([true, false, false]);
  fail(1);
  desk.leave(1, 1);
  expect(desk.claim(2, 2, wish)).toBe(false);
  expect(closed()).toEqual([true, true, true]);
});

test('the trial of a process that died is free again', () => {
  fail(1, group.health.consecutive_failures);
  nowMs += 40_000;
  expect(desk.claim(1, 1, wish)).toBe(true);
  desk.lost(1);
  expect(desk.claim(2, 1, wish)).toBe(true);
});

test('trials that go well close the breaker of all', () => {
  fail(1, group.health.consecutive_failures);
  nowMs += 40_000;
  for (let trial = 1; trial <= group.health.consecutive_successes; trial += 1) {
    expect(desk.claim(1 + (trial % 2), trial, wish)).toBe(true);
    succeed(1 + (trial % 2));
    desk.leave(1 + (trial % 2), trial);
  }
  expect(all.map((health) => health.isOnTrial(target('ups_0'), group, nowMs))).toEqual([false, false, false]);
  expect(closed()).toEqual([false, false, false]);
});

test('a rest that a provider asked for is kept by all, and by a process that joins later', () => {
  const verdict: Verdict = { kind: 'limited', reason: 'http_429', untilMs: nowMs + 3_600_000 };
  at(all, 2).visit(target('ups_0'), group, nowMs).ended(verdict, nowMs);
  expect(closed()).toEqual([true, true, true]);
  const joined = new Health();
  for (const held of JSON.parse(JSON.stringify(at(all, 0).held()))) joined.hold(held, group);
  expect(joined.isClosed(target('ups_0'), group, nowMs)).toBe(true);
  expect(joined.isClosed(target('ups_1'), group, nowMs)).toBe(false);
  expect(joined.isClosed(target('ups_0'), group, nowMs + 3_700_000)).toBe(false);
});

test('a process that joins knows what is out', () => {
  fail(1, group.health.consecutive_failures);
  const joined = new Health();
  for (const held of JSON.parse(JSON.stringify(at(all, 0).held()))) joined.hold(held, group);
  expect(joined.isClosed(target('ups_0'), group, nowMs)).toBe(true);
});
