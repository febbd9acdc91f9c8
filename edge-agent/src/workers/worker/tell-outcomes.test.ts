import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Outcome, Verdict } from '../../health/health.ts';
import { tellOutcomes } from './tell-outcomes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const outcome = (shown: Outcome['shown'], upstreamId = 'ups_1'): Outcome => {
  return { groupId: 'grp_1', upstreamId, model: 'm', atMs: 0, times: 1, shown };
};
const began = (tookMs: number, upstreamId?: string) => outcome({ is: 'began', tookMs }, upstreamId);
const well = () => outcome({ is: 'ended', verdict: { kind: 'well' }, hasBegun: true });
const failed: Verdict = { kind: 'failed', reason: 'connection' };

test('says the same of one account in one word, a moment later', () => {
  const told: (readonly Outcome[])[] = [];
  const onOutcome = tellOutcomes((outcomes) => told.push(outcomes));
  for (let at = 1; at <= 40; at += 1) {
    onOutcome(began(at));
    onOutcome(well());
  }
  onOutcome(began(7, 'ups_2'));
  expect(told).toEqual([]);
  vi.advanceTimersByTime(20);
  expect(told).toHaveLength(1);
  expect(told[0]?.map(({ upstreamId, times, shown }) => [upstreamId, shown.is, times])).toEqual([
    ['ups_1', 'began', 40],
    ['ups_1', 'ended', 40],
    ['ups_2', 'began', 1],
  ]);
});

test('says a failure at once, behind what came before it', () => {
  const told: (readonly Outcome[])[] = [];
  const onOutcome = tellOutcomes((outcomes) => told.push(outcomes));
  onOutcome(well());
  onOutcome(outcome({ is: 'ended', verdict: failed, hasBegun: false }));
  expect(told.map((outcomes) => outcomes.map(({ shown }) => shown.is === 'ended' && shown.verdict.kind))).toEqual([
    ['well', 'failed'],
  ]);
  vi.advanceTimersByTime(100);
  expect(told).toHaveLength(1);
});
