import type { HeartbeatRequest } from '@aicarpool/shared-protocol';
import type { Crew } from './crew.ts';

type Vitals = Omit<HeartbeatRequest, 'session_no'>;

const MiB = 1024 * 1024;

/** Adds what the workers do to what this process says of itself: requests, processors, memory, ways out. */
export function withCrew(crew: Crew, own: () => Vitals, monotonicMs: () => number): () => Vitals {
  let last = { cpuUs: new Map<number, number>(), atMs: monotonicMs() };
  return () => {
    const vitals = own();
    const members = crew.members();
    const now = { cpuUs: new Map(members.map(({ pid, pulse }) => [pid ?? 0, pulse?.cpuUs ?? 0])), atMs: monotonicMs() };
    const usedUs = [...now.cpuUs].reduce((sum, [pid, cpuUs]) => sum + Math.max(0, cpuUs - (last.cpuUs.get(pid) ?? 0)), 0);
    const percent = usedUs / 10 / Math.max(1, now.atMs - last.atMs);
    last = now;
    const rssMb = members.reduce((sum, { pulse }) => sum + (pulse?.rssBytes ?? 0), 0) / MiB;
    const ownMb = vitals.memory_usage_mb ?? 0;
    const memoryPercent = ((vitals.memory_usage_percent ?? 0) * (ownMb + rssMb)) / Math.max(1, ownMb);
    return {
      ...vitals,
      active_requests: vitals.active_requests + crew.requests,
      ...(vitals.accounts_health ? { accounts_health: withLoads(vitals.accounts_health, crew) } : {}),
      proxies_health: crew.proxies(vitals.proxies_health ?? {}),
      cpu_usage_percent: round((vitals.cpu_usage_percent ?? 0) + percent),
      memory_usage_mb: round(ownMb + rssMb),
      memory_usage_percent: Math.min(100, round(memoryPercent)),
    };
  };
}

function withLoads(accounts: NonNullable<Vitals['accounts_health']>, crew: Crew) {
  const all = Object.entries(accounts).map(([id, shown]) => [id, { ...shown, active_requests: crew.loadOf(id) }] as const);
  return Object.fromEntries(all);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
