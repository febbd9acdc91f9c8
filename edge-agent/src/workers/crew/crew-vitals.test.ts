import type { HeartbeatRequest, ProxyHealth } from '@aicarpool/shared-protocol';
import { expect, test } from 'vitest';
import type { Crew, CrewMember } from './crew.ts';
import { withCrew } from './crew-vitals.ts';

const MiB = 1024 * 1024;
const proxy = (requests: number, more: Partial<ProxyHealth> = {}): ProxyHealth => ({
  requests,
  failures: 0,
  bytes: requests * 10,
  members: 1,
  peak_connections: 1,
  connections: 1,
  latency_ms: 20,
  status: 'healthy',
  groups: { grp_1: { requests, failures: 0, recent_members: ['usr_1'] } },
  ...more,
});

const member = (slot: number, pid: number, proxies: Record<string, ProxyHealth>, cpuUs = 0): CrewMember => {
  const sizes = { databaseBytes: 0, diskFreeBytes: 0, diskUsedPercent: 0 };
  const head = { incarnation: `inc_${slot}`, seq: 0, chain: '' };
  const about = { requests: 2, draining: false, head, today: 0, perMinute: 0, sizes, accepting: null, unsettledRows: 0 };
  const pulse = { ...about, cpuUs, rssBytes: 50 * MiB, proxies };
  return { slot, pid, state: 'serving', restarts: 0, failures: 0, connections: 0, pulse };
};

const own = (): Omit<HeartbeatRequest, 'session_no'> => ({
  node_id: 'nod_1',
  status: 'active',
  active_requests: 1,
  config_version: 1,
  cpu_usage_percent: 5,
  memory_usage_mb: 100,
  memory_usage_percent: 10,
  accounts_health: {},
  proxies_health: {},
});

test('adds up what the processes of a node do', () => {
  let members = [member(1, 11, { prx: proxy(3) }, 1_000_000), member(2, 12, { prx: proxy(4, { status: 'unhealthy' }) }, 0)];
  let nowMs = 0;
  const crew = { members: () => members, requests: 4, loadOf: () => 0 } as unknown as Crew;
  const vitals = withCrew(crew, own, () => nowMs);
  vitals();
  nowMs = 1_000;
  members = [member(1, 11, { prx: proxy(3) }, 1_500_000), member(2, 12, { prx: proxy(4, { status: 'unhealthy' }) }, 250_000)];
  const said = vitals();
  expect(said).toMatchObject({ active_requests: 5, memory_usage_mb: 200, memory_usage_percent: 20, cpu_usage_percent: 80 });
  expect(said.proxies_health?.['prx']).toMatchObject({ requests: 7, bytes: 70, connections: 2, members: 1, status: 'unhealthy' });
  expect(said.proxies_health?.['prx']?.groups['grp_1']).toEqual({ requests: 7, failures: 0, recent_members: ['usr_1'] });
});

test('what a worker counted of proxies stays when another one takes its place', () => {
  let members = [member(1, 11, { prx: proxy(3) })];
  const crew = { members: () => members, requests: 0, loadOf: () => 0 } as unknown as Crew;
  const vitals = withCrew(crew, own, () => 0);
  expect(vitals().proxies_health?.['prx']?.requests).toBe(3);
  members = [member(1, 99, { prx: proxy(1) })];
  expect(vitals().proxies_health?.['prx']).toMatchObject({ requests: 4, connections: 1 });
  expect(vitals().proxies_health?.['prx']?.requests).toBe(4);
});
