import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCidr } from '@aicarpool/shared-protocol';
import { type FinalRow, type Intent, type Ledger, openLedger } from '../src/ledger/ledger.ts';
import type { Quotas } from '../src/limits/quota/quotas.ts';
import { openMetrics } from '../src/observe/metrics.ts';
import { type Agent, type AgentParts, createAgent } from '../src/proxy/agent.ts';
import { startListener } from '../src/proxy/listen.ts';
import { CurrentSnapshot } from '../src/snapshot/current.ts';
import { Upstreams, type UpstreamsOptions } from '../src/upstreams/upstreams.ts';
import { passThrough } from './pass-through.ts';
import { type SnapshotInput, testSnapshot } from './snapshot.ts';

export interface TestNode {
  readonly origin: string;
  readonly port: number;
  readonly agent: Agent;
  readonly snapshots: CurrentSnapshot;
  /** What the books took, in order. */
  readonly intents: Intent[];
  readonly rows: FinalRow[];
  /** Waits until so many rows are in the books. */
  booked(count: number): Promise<readonly FinalRow[]>;
  close(): Promise<void>;
}

export interface NodeInput extends Partial<SnapshotInput> {
  readonly limits?: AgentParts['limits'];
  readonly upstreams?: Partial<UpstreamsOptions>;
  /** Stands between the node and its real ledger. */
  readonly wrapLedger?: (ledger: Ledger) => Ledger;
  readonly log?: AgentParts['log'];
  readonly random?: () => number;
  readonly nowMs?: () => number;
  readonly quotas?: Quotas;
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const loopback = ['127.0.0.0/8', '::1/128'].flatMap((text) => parseCidr(text) ?? []);

/** A real node without a control plane: real listener, real ledger in a folder of its own, a config made by hand. */
export async function startNode(input: NodeInput): Promise<TestNode> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carpool-node-'));
  const ledger = await openLedger({ dataDir, nowMs: Date.now, log: quiet });
  const intents: Intent[] = [];
  const rows: FinalRow[] = [];
  const watched = watch(input.wrapLedger?.(ledger) ?? ledger, intents, rows);
  const snapshots = new CurrentSnapshot(input.baseUrls && testSnapshot({ ...input, baseUrls: input.baseUrls }));
  const upstreams = new Upstreams({ allowed: loopback, snapshots, ...input.upstreams });
  const agent = createAgent({
    snapshots,
    ledger: watched,
    upstreams,
    metrics: openMetrics(),
    log: input.log ?? quiet,
    ...(input.limits ? { limits: input.limits } : {}),
    ...(input.random ? { random: input.random } : {}),
    ...(input.nowMs ? { nowMs: input.nowMs } : {}),
    ...(input.quotas ? { quotas: input.quotas } : {}),
  });
  const listener = await startListener(agent, { host: '127.0.0.1', port: 0 });
  return {
    origin: `http://127.0.0.1:${listener.port}`,
    port: listener.port,
    agent,
    snapshots,
    intents,
    rows,
    booked: async (count) => {
      for (let waitedMs = 0; rows.length < count && waitedMs < 10_000; waitedMs += 10) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return rows;
    },
    close: async () => {
      await listener.close();
      await upstreams.close();
      await ledger.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function watch(ledger: Ledger, intents: Intent[], rows: FinalRow[]): Ledger {
  return {
    ...passThrough(ledger),
    intend: async (intent) => {
      await ledger.intend(intent);
      intents.push(intent);
    },
    settle: async (row) => {
      const seq = await ledger.settle(row);
      rows.push(row);
      return seq;
    },
  };
}
