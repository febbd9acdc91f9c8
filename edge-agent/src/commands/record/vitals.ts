import { totalmem } from 'node:os';
import { type HeartbeatRequest, newId, type Signal } from '@aicarpool/shared-protocol';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Agent } from '../../proxy/agent.ts';
import type { ConfigStatus } from '../../snapshot/open-keep.ts';

export interface VitalParts {
  readonly nodeId: string;
  readonly ledger: Pick<Ledger, 'head' | 'sizes' | 'totalsToday' | 'requestsPerMinute'>;
  readonly config: () => ConfigStatus;
  readonly agent: Agent;
  readonly monotonicMs: () => number;
}

const MiB = 1024 * 1024;

/** How this node is doing, as a heartbeat says it. Processor use is measured from one call to the next. */
export function vitalsOf(parts: VitalParts): () => Omit<HeartbeatRequest, 'session_no'> {
  let last = { cpu: process.cpuUsage(), atMs: parts.monotonicMs() };
  return () => {
    const { ledger, agent } = parts;
    const { load } = agent;
    const now = { cpu: process.cpuUsage(), atMs: parts.monotonicMs() };
    const usedMs = (now.cpu.user + now.cpu.system - last.cpu.user - last.cpu.system) / 1000;
    const cpu = (100 * usedMs) / Math.max(1, now.atMs - last.atMs);
    last = now;
    const config = parts.config();
    const rss = process.memoryUsage.rss();
    const { databaseBytes, diskUsedPercent } = ledger.sizes();
    return {
      node_id: parts.nodeId,
      status: load.draining ? 'draining' : 'active',
      supported_groups: config.groups.slice(0, 100_000),
      active_requests: load.requests,
      total_requests_today: ledger.totalsToday().requests,
      requests_per_minute: ledger.requestsPerMinute(),
      ...agent.health.snapshotOf(agent.nowMs()),
      proxies_health: agent.upstreams.proxies.health(),
      config_version: config.version,
      config_slot: config.slot,
      last_seq: ledger.head().seq,
      cpu_usage_percent: round(cpu),
      memory_usage_mb: round(rss / MiB),
      memory_usage_percent: Math.min(100, round((100 * rss) / memoryLimit())),
      local_storage_usage: { database_size_mb: round(databaseBytes / MiB), disk_usage_percent: diskUsedPercent },
    };
  };
}

function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** What accounts, services and proxies did since the last call. */
export function drainSignals(agent: Agent, atMost: number): Signal[] {
  const ofProxies = agent.upstreams.proxies.drainNews().map(
    ({ kind, groupId, proxyId, reason, untilMs, atMs }): Signal => ({
      id: newId('signal'),
      kind,
      at: new Date(atMs).toISOString(),
      group_id: groupId,
      service: null,
      upstream_id: null,
      proxy_id: proxyId,
      reason: reason.slice(0, 200),
      until: untilMs === null ? null : new Date(untilMs).toISOString(),
      count: 1,
    }),
  );
  return [...ofProxies, ...agent.health.drainSignals(atMost)];
}
