import type { Dialect, RefusalCode } from '@aicarpool/shared-protocol';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the hot path and the uplink count. Labels come from short fixed lists: never an id, a model or an address. */
export interface Metrics {
  requestEnded(dialect: Dialect, status: string): void;
  refused(code: RefusalCode): void;
  upstreamAnswered(dialect: Dialect, firstByteMs: number): void;
  /** A call to the servers of Amp that is no question to a model. */
  ampCalled(area: string, outcome: 'ok' | 'refused' | 'failed'): void;
  /** A request waited for rights. */
  borrowed(outcome: 'held' | 'refused'): void;
  /** Used beyond what was held, or beyond what the node had rights for. */
  overran(unit: 'tokens' | 'nano_usd', amount: number): void;
  /** Read when the metrics are asked for. */
  gauge(name: GaugeName, read: () => number): void;
  uplinkCall(
    call: 'session' | 'sync' | 'heartbeat' | 'answer' | 'events' | 'probe' | 'signals' | 'settle',
    outcome: 'ok' | 'failed',
  ): void;
  bug(): void;
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** For another process, which adds several up with `mergeMetrics`. */
  json(): Promise<MetricsJson>;
}

type MetricsJson = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

const gauges = {
  active_requests: 'client requests that are being served',
  ledger_seq: 'sequence number of the newest row in the books',
  config_version: 'config version in use',
  config_age_seconds: 'seconds since the control plane last answered a sync',
  config_keys: 'keys in the config in use',
  config_groups: 'groups in the config in use',
  config_rejects: 'resources of which an older revision is kept',
  quota_slices: 'windows of budgets of which this process has a part',
  quota_held_requests: 'attempts that hold rights now',
  quota_waiting_requests: 'requests that wait for rights',
  unsettled_rows: 'rows that the control plane has not settled yet',
  settle_age_seconds: 'seconds since the control plane last answered a settlement; -1: it never did',
  uplink_connected: '1 while the event stream from the control plane is open',
} as const;

export type GaugeName = keyof typeof gauges;

const firstByteBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128];

/** One registry for each agent, so that two agents in one process (tests) do not share counts. */
export function openMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'carpool_edge_' });
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `carpool_edge_${name}`, help, labelNames, registers });
  const requests = counter('requests_total', 'client requests by how they ended', ['dialect', 'status']);
  const refused = counter('refusals_total', 'requests turned away by this node', ['code']);
  const calls = counter('uplink_calls_total', 'calls to the control plane', ['call', 'outcome']);
  const amp = counter('amp_calls_total', 'calls to the servers of Amp that are no questions to a model', ['area', 'outcome']);
  const borrows = counter('quota_borrows_total', 'requests that waited for rights', ['outcome']);
  const overruns = counter('quota_overrun_total', 'used beyond what was held, in whole tokens or nano-USD', ['unit']);
  const bugs = counter('bugs_total', 'exceptions that nothing expected', []);
  const firstByte = new Histogram({
    name: 'carpool_edge_upstream_first_byte_seconds',
    help: 'from the request to the first byte of the answer of an upstream',
    labelNames: ['dialect'],
    buckets: firstByteBuckets,
    registers,
  });
  return {
    requestEnded: (dialect, status) => requests.inc({ dialect, status }),
    refused: (code) => refused.inc({ code }),
    upstreamAnswered: (dialect, firstByteMs) => firstByte.observe({ dialect }, firstByteMs / 1000),
    ampCalled: (area, outcome) => amp.inc({ area, outcome }),
    borrowed: (outcome) => borrows.inc({ outcome }),
    overran: (unit, amount) => overruns.inc({ unit }, amount),
    gauge: (name, read) => {
      new Gauge({
        name: `carpool_edge_${name}`,
        help: gauges[name],
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    uplinkCall: (call, outcome) => calls.inc({ call, outcome }),
    bug: () => bugs.inc(),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    json: () => registry.getMetricsAsJSON(),
  };
}

/** What several processes of a node counted, as one text. */
export async function mergeMetrics(parts: readonly MetricsJson[]): ReturnType<Metrics['text']> {
  const registry = AggregatorRegistry.aggregate([...parts]);
  return { contentType: registry.contentType, body: await registry.metrics() };
}
