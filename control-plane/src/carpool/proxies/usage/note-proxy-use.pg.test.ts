import type { ProxyHealth } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeGroup, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../../test/pg.ts';
import { newProxyRow } from '../../../../test/proxy-factory.ts';
import type { Ctx } from '../../../kernel/index.ts';
import { carpoolProxyGroupHours, carpoolProxyHours, carpoolProxyMembers, carpoolProxyPulses } from '../../tables.ts';
import { getDeployment } from '../deployment/read-deployment.ts';
import { setDeployment } from '../deployment/set-deployment.ts';
import { getProxy } from '../read-proxies.ts';
import { forgetProxyUse } from './forget-proxy-use.ts';
import { noteProxyUse } from './note-proxy-use.ts';
import { readProxyUsage } from './read-proxy-usage.ts';

let pg: TestPg;
let nowMs = 0;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
beforeEach(() => {
  nowMs = Date.parse('2026-11-21T10:20:00Z');
});
afterAll(() => pg.close());

const clock = { now: () => new Date(nowMs) };
const health = (more: Partial<ProxyHealth> = {}): ProxyHealth => ({
  ...{
    requests: 0,
    failures: 0,
    bytes: 0,
    members: 0,
    peak_connections: 0,
    connections: 0,
    latency_ms: null,
    status: 'healthy',
    groups: {},
  },
  ...more,
});

async function start() {
  const admin: Ctx = await newPerson(pg, 'admin', { clock });
  const group = await makeGroup(admin);
  const proxy = await newProxyRow(pg, { costPerMonthNanoUsd: 30_000_000_000 });
  const tell = (node: string, more: Partial<ProxyHealth>) =>
    noteProxyUse(testCtx(pg, undefined, { clock }), node, { [proxy.id]: health(more) });
  const of = (requests: number, failures: number, ...recent_members: string[]) => ({
    [group.id]: { requests, failures, recent_members },
  });
  const usage = (more: object = {}) => readProxyUsage(admin, { proxyId: proxy.id, period: 'day', ...more });
  return { admin, group, proxy, tell, of, usage };
}

describe('what a proxy carried', () => {
  it('is what was added since the last heartbeat of each node, hour by hour', async () => {
    const { group, tell, of, usage } = await start();
    await tell('nod_a', {
      requests: 10,
      failures: 1,
      bytes: 1_000_000,
      peak_connections: 4,
      latency_ms: 30,
      groups: of(10, 1, 'usr_1'),
    });
    await tell('nod_a', {
      requests: 25,
      failures: 1,
      bytes: 3_000_000,
      peak_connections: 4,
      connections: 2,
      latency_ms: 50,
      groups: of(25, 1, 'usr_1', 'usr_2'),
    });
    nowMs += 3_600_000;
    await tell('nod_b', {
      requests: 5,
      failures: 0,
      bytes: 500_000,
      peak_connections: 7,
      latency_ms: 40,
      groups: of(5, 0, 'usr_2'),
    });
    expect(await usage()).toMatchObject({
      date_range: { start: '2026-11-20', end: '2026-11-21' },
      statistics: {
        ...{ total_requests: 30, successful_requests: 29, failed_requests: 1, success_rate: 96.67, avg_response_time_ms: 40 },
        ...{ total_data_transferred_mb: 3.5, unique_users: 2, peak_concurrent_connections: 7 },
        cost_analysis: { estimated_cost: expect.closeTo(0.97, 1), cost_per_request: expect.any(Number) },
      },
      hourly_breakdown: [
        { hour: 10, requests: 25, avg_latency_ms: 40, success_rate: 96 },
        { hour: 11, requests: 5, avg_latency_ms: 40, success_rate: 100 },
      ],
      top_groups: [{ group_id: group.id, group_name: 'A group', request_count: 30, percentage: 100 }],
    });
    expect(await usage({ period: 'hour' })).toMatchObject({ statistics: { total_requests: 5, unique_users: 1 } });
    expect(await usage({ start_date: '2026-11-19', end_date: '2026-11-20' })).toMatchObject({
      statistics: { total_requests: 0 },
    });
  });

  it('begins anew with a process, and counts no heartbeat twice', async () => {
    const { tell, of, usage } = await start();
    const told = { requests: 100, bytes: 10, groups: of(100, 0, 'usr_1') };
    await tell('nod_a', told);
    await tell('nod_a', told);
    await tell('nod_a', { requests: 3, bytes: 5, groups: of(3, 0, 'usr_1') });
    expect((await usage()).statistics).toMatchObject({ total_requests: 103, unique_users: 1 });
  });

  it('is told apart by group', async () => {
    const { admin, group, tell, of, usage } = await start();
    const other = await makeGroup(admin);
    await tell('nod_a', {
      requests: 8,
      groups: { ...of(6, 3, 'usr_1'), [other.id]: { requests: 2, failures: 0, recent_members: ['usr_9'] } },
    });
    expect((await usage({ group_id: other.id })).statistics).toMatchObject({
      ...{ total_requests: 2, success_rate: 100, unique_users: 1, total_data_transferred_mb: null },
    });
    expect((await usage()).top_groups.map(({ group_id, percentage }) => [group_id, percentage])).toEqual([
      [group.id, 75],
      [other.id, 25],
    ]);
  });

  it('shows beside the proxy, and in the deployment of the group, while the node is heard', async () => {
    const { admin, group, proxy, tell, of } = await start();
    await setDeployment(admin, group.id, { proxy_pool_ids: [proxy.id] });
    await tell('nod_a', { requests: 4, failures: 1, connections: 3, latency_ms: 20, groups: of(4, 1) });
    await tell('nod_b', { connections: 2, latency_ms: 40 });
    const shown = { success_rate: 75, latency_ms: 30, usage_stats: { current_connections: 5, total_requests_today: 4 } };
    expect(await getProxy(admin, proxy.id)).toMatchObject(shown);
    expect((await getDeployment(admin, group.id)).performance_stats).toEqual({
      avg_latency_ms: 30,
      success_rate: 75,
      current_load: 50,
    });
    nowMs += 600_000;
    expect((await getProxy(admin, proxy.id)).usage_stats).toEqual({ current_connections: 0, total_requests_today: 4 });
  });

  it('is forgotten in time, who used it sooner than how much', async () => {
    const { tell, of, usage } = await start();
    await tell('nod_a', { requests: 4, groups: of(4, 0, 'usr_1') });
    const rows = async () =>
      Promise.all(
        [carpoolProxyHours, carpoolProxyGroupHours, carpoolProxyMembers, carpoolProxyPulses].map((table) => pg.db.$count(table)),
      );
    const forgetAfter = async (days: number) => {
      await forgetProxyUse({ db: pg.db, clock: { now: () => new Date(nowMs + days * 86_400_000) } });
      return await rows();
    };
    const before = await rows();
    expect(await forgetAfter(1)).toEqual(before);
    expect((await forgetAfter(61)).slice(2)).toEqual([0, 0]);
    expect((await usage()).statistics).toMatchObject({ total_requests: 4, unique_users: 0 });
    expect(await forgetAfter(401)).toEqual([0, 0, 0, 0]);
  });

  it('of a proxy or a group that is gone is passed over', async () => {
    const { proxy } = await start();
    const ctx = testCtx(pg, undefined, { clock });
    const groups = { grp_gone: { requests: 1, failures: 0, recent_members: ['usr_1'] } };
    await noteProxyUse(ctx, 'nod_a', { prx_gone: health({ requests: 1 }), [proxy.id]: health({ requests: 1, groups }) });
  });
});
