import { describe, expect, it } from 'vitest';
import { testSnapshot } from '../../../test/snapshot.ts';
import type { Candidate, Repeat } from '../exchange.ts';
import { decide, type Situation } from './decide.ts';

const group = testSnapshot({ baseUrls: ['http://a', 'http://b', 'http://c'] }).findGroup('grp_test');
const route = group?.services[0];
const candidates = (route?.upstreams ?? []).map(
  (upstream, at): Candidate => ({
    service: { ...(route as NonNullable<typeof route>).service, id: at === 2 ? 'other' : 'claude' },
    upstream: { ...upstream, serviceId: at === 2 ? 'other' : 'claude' },
    route: route as NonNullable<typeof route>,
    model: 'm',
    dialect: 'anthropic-messages',
    translation: null,
    substituted: false,
  }),
);
const [first, second, elsewhere] = candidates as [Candidate, Candidate, Candidate];

const after = (repeat: Repeat, more: Partial<Situation> = {}) => {
  const step = decide({
    failure: { repeat, verdict: { kind: 'neutral' } },
    candidate: first,
    others: [second, elsewhere],
    mayAskSame: true,
    attempts: 1,
    costly: repeat === 'once' ? 1 : 0,
    wasFresh: false,
    isAllowed: true,
    random: () => 1,
    ...more,
  });
  return step.do === 'ask' ? [step.candidate.upstream.id, step.pauseMs, step.freshSocket] : 'give up';
};

describe('after a failure that the caller has not seen', () => {
  it('another account is asked at once where this one did not let us in, is limited, or cannot be reached', () => {
    expect(after('other')).toEqual(['ups_1', 0, false]);
    expect(after('other', { others: [] })).toBe('give up');
  });

  it('another provider is asked at once where this one is overloaded; the same one only after a pause', () => {
    expect(after('overloaded')).toEqual(['ups_2', 0, false]);
    expect(after('overloaded', { others: [second] })).toEqual(['ups_1', 250, false]);
    expect(after('overloaded', { others: [] })).toEqual(['ups_0', 250, false]);
    expect(after('overloaded', { others: [], mayAskSame: false })).toBe('give up');
  });

  it('what may have been charged is asked once more, and no third time', () => {
    expect(after('once')).toEqual(['ups_1', 0, false]);
    expect(after('once', { others: [] })).toEqual(['ups_0', 250, false]);
    expect(after('once', { attempts: 2, costly: 2 })).toBe('give up');
  });

  it('pauses double with full jitter up to four seconds', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 9].map((attempts) => after('again', { others: [], attempts })[1]);
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
    expect(after('again', { others: [], random: () => 0.5 })).toEqual(['ups_0', 125, false]);
  });

  it('an old socket is replaced once, also where the group has no fail-over', () => {
    expect(after('fresh', { isAllowed: false })).toEqual(['ups_0', 0, true]);
    expect(after('fresh', { wasFresh: true })).toBe('give up');
  });

  it.each(['other', 'again', 'overloaded', 'once', 'never'] as const)(
    'nobody is asked after "%s" where the group has no fail-over',
    (repeat) => {
      expect(after(repeat, { isAllowed: false })).toBe('give up');
    },
  );
});
