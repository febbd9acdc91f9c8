import { expect, it } from 'vitest';
import type { GroupEntry } from '../snapshot/snapshot.ts';
import { Health } from './health.ts';
import { HealthKeeper, type LookReport } from './keeper.ts';
import { at, oneGroup } from './test/one-group.ts';
import type { Verdict } from './verdict/judge.ts';

function keep(accounts: number, verdict: () => Verdict, group?: (group: GroupEntry) => GroupEntry | undefined) {
  const play = oneGroup(accounts, { check_interval_s: 60 });
  const health = new Health(() => 0);
  const clock = { nowMs: 1_000_000 };
  const looked: string[] = [];
  const reports: LookReport[] = [];
  const running = { now: 0, most: 0 };
  const keeper = new HealthKeeper({
    health,
    findGroup: () => (group ? group(play.group) : play.group),
    check: async ({ upstream }) => {
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      looked.push(upstream.id);
      await new Promise((resolve) => setImmediate(resolve));
      running.now -= 1;
      return { verdict: verdict(), tookMs: 7 };
    },
    nowMs: () => clock.nowMs,
    random: () => 0,
    onLook: (report) => reports.push(report),
  });
  const use = (index: number, how: Verdict = { kind: 'well' }) =>
    health.visit(at(play.targets, index), play.group, clock.nowMs).ended(how, clock.nowMs);
  const after = async (ms: number) => {
    clock.nowMs += ms;
    looked.length = 0;
    await keeper.look();
    return [...looked].sort();
  };
  return { ...play, health, clock, keeper, use, after, reports, running };
}

const well = (): Verdict => ({ kind: 'well' });

it('looks at idle accounts of groups that are used, once per interval, backups included', async () => {
  const { use, after } = keep(3, well);
  expect(await after(0)).toEqual([]);
  use(0);
  expect(await after(0)).toEqual([]);
  expect(await after(59_000)).toEqual([]);
  use(0);
  expect(await after(2_000)).toEqual(['ups_1', 'ups_2']);
  expect(await after(30_000)).toEqual([]);
  expect(await after(31_000)).toEqual(['ups_0', 'ups_1', 'ups_2']);
});

it('finds out that a rejected credential works again, and that one has stopped to', async () => {
  let verdict: Verdict = { kind: 'auth_failed', reason: 'http_401', scope: 'account' };
  const { use, after, health, targets, group, clock, reports } = keep(2, () => verdict);
  use(0, verdict);
  await after(0);
  expect(await after(61_000)).toEqual(['ups_0', 'ups_1']);
  expect(health.sift(targets, group, clock.nowMs).ready).toEqual([]);
  expect(reports.at(-1)).toMatchObject({ status: 'unhealthy', errorMessage: 'http_401', responseTimeMs: 7 });
  verdict = { kind: 'well' };
  await after(61_000);
  expect(health.sift(targets, group, clock.nowMs).ready).toHaveLength(2);
  expect(health.drainSignals(10).map(({ kind }) => kind)).toContain('account_back');
});

it('leaves an account alone whose quota is used up, until the announced time', async () => {
  const { use, after, clock } = keep(1, well);
  use(0, { kind: 'parked', untilMs: clock.nowMs + 200_000, reason: 'billing_error', scope: 'account' });
  await after(0);
  expect([await after(61_000), await after(61_000), await after(61_000)]).toEqual([[], [], []]);
  expect(await after(61_000)).toEqual(['ups_0']);
});

it('says nothing of a quota by a free look that succeeds', async () => {
  const { use, after, health, targets, group, clock } = keep(1, well);
  use(0, { kind: 'limited', untilMs: clock.nowMs + 100_000, reason: 'http_429' });
  await after(0);
  expect(await after(61_000)).toEqual(['ups_0']);
  expect(health.sift(targets, group, clock.nowMs).ready).toEqual([]);
});

it('counts for the way to an account: five looks bring it back from trial', async () => {
  const { use, after, health } = keep(1, well);
  for (let n = 0; n < 3; n += 1) use(0, { kind: 'failed', reason: 'dns' });
  await after(0);
  const kinds = () => health.drainSignals(10).map(({ kind }) => kind);
  kinds();
  for (let n = 0; n < 4; n += 1) expect([await after(61_000), kinds()]).toEqual([['ups_0'], []]);
  await after(61_000);
  expect(kinds()).toEqual(['service_back', 'account_back']);
});

it('looks at no more than eight at once, and forgets what left the config', async () => {
  const { use, after, running, health } = keep(30, well);
  use(0);
  await after(0);
  expect(await after(61_000)).toHaveLength(30);
  expect(running.most).toBe(8);
  const gone = keep(1, well, () => undefined);
  gone.use(0);
  await gone.after(0);
  expect([health.groupIds(), gone.health.groupIds()]).toEqual([['grp_test'], []]);
});

it('stops', async () => {
  const { keeper } = keep(1, well);
  keeper.start();
  await expect(keeper.stop()).resolves.toBeUndefined();
});
