import type { ProxyHealth } from '@aicarpool/shared-protocol';

type Proxies = Readonly<Record<string, ProxyHealth>>;

/** Proxies whose past counts are kept. */
const keptAtMost = 5_000;

/** Counters of proxies only grow: what a worker counted stays when another one takes its place. */
export class ProxyCounts {
  /** By process: what it said last. */
  readonly #last = new Map<number, Proxies>();
  #past: Proxies = {};

  hear(pid: number, proxies: Proxies): void {
    this.#last.set(pid, proxies);
  }

  lost(pid: number): void {
    const proxies = this.#last.get(pid);
    if (!proxies) return;
    this.#last.delete(pid);
    this.#past = Object.fromEntries(Object.entries(addUp([this.#past, gone(proxies)])).slice(-keptAtMost));
  }

  /** Of all processes, `own` being this one's. */
  all(own: Proxies): Record<string, ProxyHealth> {
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
