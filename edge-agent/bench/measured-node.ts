import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCidr } from '@aicarpool/shared-protocol';
import { findOpenFilesLimit, limitsWithin } from '../src/commands/process/open-files.ts';
import { openLedger } from '../src/ledger/ledger.ts';
import { openMetrics } from '../src/observe/metrics.ts';
import { createAgent } from '../src/proxy/agent.ts';
import { startListener } from '../src/proxy/listen.ts';
import { CurrentSnapshot } from '../src/snapshot/current.ts';
import { Upstreams } from '../src/upstreams/upstreams.ts';
import { testSnapshot } from '../test/snapshot.ts';

/** What this process has used so far. */
export interface Vitals {
  readonly rssBytes: number;
  /** All threads together. */
  readonly cpuUs: number;
  readonly atUs: number;
  /** So many requests at once; the rest gets 503. */
  readonly requestsAtMost: number;
}

/** A whole node with 5,000 keys: real listener, meters and ledger on a real disk; only the control plane is missing. */
const log = { info: () => undefined, warn: () => undefined, error: console.error };
const dataDir = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'carpool-bench-'));
const ledger = await openLedger({ dataDir, nowMs: Date.now, log });
const agent = createAgent({
  snapshots: new CurrentSnapshot(testSnapshot({ baseUrls: [process.argv[2] ?? ''], moreKeys: 5_000 })),
  ledger,
  upstreams: new Upstreams({ allowed: [parseCidr('127.0.0.0/8')].flatMap((block) => block ?? []) }),
  metrics: openMetrics(),
  log,
  limits: limitsWithin(findOpenFilesLimit() ?? 20_000),
});
const listener = await startListener(agent, { host: '127.0.0.1', port: 0 });
process.send?.({ port: listener.port });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const vitals: Vitals = {
    rssBytes: process.memoryUsage().rss,
    cpuUs: user + system,
    atUs: performance.now() * 1000,
    requestsAtMost: agent.limits.concurrentRequests,
  };
  process.send?.(vitals);
});
process.once('SIGTERM', async () => {
  await listener.close();
  await ledger.close();
  process.exit(0);
});

// Whoever measures may be killed, and nobody is to go on working for him.
process.once('disconnect', () => process.exit());
