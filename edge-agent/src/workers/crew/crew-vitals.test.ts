import type { HeartbeatRequest } from '@aicarpool/shared-protocol';
import { expect, test } from 'vitest';
import type { Crew, CrewMember } from './crew.ts';
import { withCrew } from './crew-vitals.ts';

const MiB = 1024 * 1024;
const member = (slot: number, pid: number, cpuUs = 0): CrewMember => {
  const sizes = { databaseBytes: 0, diskFreeBytes: 0, diskUsedPercent: 0 };
  const head = { incarnation: `inc_${slot}`, seq: 0, chain: '' };
  const settling = { unsettledRows: 0, slices: 0, waiting: 0, holding: 0, isStale: false, failure: null, answeredAgoMs: null };
  const about = { requests: 2, draining: false, head, today: 0, perMinute: 0, sizes, settling };
  const pulse = { ...about, cpuUs, rssBytes: 50 * MiB };
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
  let members = [member(1, 11, 1_000_000), member(2, 12, 0)];
  let nowMs = 0;
  const crew = { members: () => members, requests: 4, loadOf: () => 0, proxies: () => ({ prx: 'of all' }) } as unknown as Crew;
  const vitals = withCrew(crew, own, () => nowMs);
  vitals();
  nowMs = 1_000;
  members = [member(1, 11, 1_500_000), member(2, 12, 250_000)];
  const said = vitals();
  expect(said.proxies_health).toEqual({ prx: 'of all' });
  expect(said).toMatchObject({ active_requests: 5, memory_usage_mb: 200, memory_usage_percent: 20, cpu_usage_percent: 80 });
});
