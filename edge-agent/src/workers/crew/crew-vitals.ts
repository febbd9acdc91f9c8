import type { HeartbeatRequest, ProxyHealth } from '@aicarpool/shared-protocol';
import type { Crew, CrewMember } from './crew.ts';

type Vitals = Omit<HeartbeatRequest, 'session_no'>;

const MiB = 1024 * 1024;
/** Proxies whose past counts are kept. */
const keptAtMost = 5_000;

/** Adds what the workers do to what this process says of itself: requests, processors, memory, ways out. */
export function withCrew(crew: Crew, own: () => Vitals, monotonicMs: () => number): () => Vitals {
  const counts = new ProxyCounts();
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
      proxies_health: counts.add(vitals.proxies_health ?? {}, members),
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

/** Counters of proxies only grow: what a worker counted stays when another one takes its place. */
class ProxyCounts {
  /** By process. */
  readonly #last = new Map<number, Readonly<Record<string, ProxyHealth>>>();
  #past: Readonly<Record<string, ProxyHealth>> = {};

  add(own: Readonly<Record<string, ProxyHealth>>, members: readonly CrewMember[]): Record<string, ProxyHealth> {
    const live = new Set(members.map(({ pid }) => pid));
    for (const [pid, proxies] of this.#last) {
      if (live.has(pid)) continue;
      this.#last.delete(pid);
      this.#past = Object.fromEntries(Object.entries(addUp([this.#past, gone(proxies)])).slice(-keptAtMost));
    }
    for (const { pid, pulse } of members) if (pid !== null && pulse?.proxies) this.#last.set(pid, pulse.proxies);
    return addUp([own, ...this.#last.values(), this.#past]);
  }
}

function addUp(parts: readonly Readonly<Record<string, ProxyHealth>>[]): Record<string, ProxyHealth> {
  const sums = new Map<string, ProxyHealth>();
  for (const part of parts) {
    for (const [id, one] of Object.entries(part)) {
      const before = sums.get(id);
      sums.set(id, before ? addTwo(before, one) : one);
    }
  }
  return Object.fromEntries(sums);
}

/** Members and peaks of two processes may overlap: the larger one is certain. */
function addTwo(one: ProxyHealth, other: ProxyHealth): ProxyHealth {
  const groups = { ...one.groups };
  for (const [id, group] of Object.entries(other.groups)) groups[id] = groups[id] ? addGroups(groups[id], group) : group;
  return {
    requests: one.requests + other.requests,
    failures: one.failures + other.failures,
    bytes: one.bytes + other.bytes,
    members: Math.max(one.members, other.members),
    peak_connections: Math.max(one.peak_connections, other.peak_connections, one.connections + other.connections),
    connections: one.connections + other.connections,
    latency_ms: meanOf(one.latency_ms, other.latency_ms),
    status: one.status === 'unhealthy' || other.status === 'unhealthy' ? 'unhealthy' : 'healthy',
    groups,
  };
}

type OfGroup = ProxyHealth['groups'][string];

function addGroups(one: OfGroup, other: OfGroup): OfGroup {
  const sums: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = sums[name];
    if (typeof value === 'number' && typeof before === 'number') sums[name] = before + value;
    if (Array.isArray(value) && Array.isArray(before)) sums[name] = [...new Set([...before, ...value])];
  }
  return sums as OfGroup;
}

/** Of a process that is gone nothing is open, and it says nothing of how its proxies do. */
function gone(proxies: Readonly<Record<string, ProxyHealth>>): Record<string, ProxyHealth> {
  const past = Object.entries(proxies).map(
    ([id, one]) => [id, { ...one, connections: 0, latency_ms: null, status: 'healthy' as const }] as const,
  );
  return Object.fromEntries(past);
}

function meanOf(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : (one + other) / 2;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
