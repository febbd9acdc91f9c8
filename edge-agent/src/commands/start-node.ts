import { performance } from 'node:perf_hooks';
import type { Cidr } from '@aicarpool/shared-protocol';
import type { Address, Location } from '../config.ts';
import { HealthKeeper } from '../health/health.ts';
import { type Ledger, LedgerFailed, type LogEntry, openLedger } from '../ledger/ledger.ts';
import { type Logger, type LogOptions, openLog } from '../observe/log.ts';
import { openMetrics } from '../observe/metrics.ts';
import { metricsForThisMachine, serveMetrics } from '../observe/serve-metrics.ts';
import { type Agent, createAgent } from '../proxy/agent.ts';
import { lookAtAccount } from '../proxy/fail-over/look-at-account.ts';
import { defaultLimits, type Limits } from '../proxy/intake/limits.ts';
import { startListener } from '../proxy/listen.ts';
import { Quotas } from '../quota/quotas.ts';
import type { Clocks } from '../snapshot/contact.ts';
import { type KeepOptions, type OpenConfig, openKeep } from '../snapshot/open-keep.ts';
import { DataDirBusy } from '../snapshot/open-store.ts';
import type { Identity } from '../uplink/identity.ts';
import { findContact, osBootId } from '../uplink/settle-contact.ts';
import { Upstreams } from '../upstreams/upstreams.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { findRecord } from './node-record.ts';
import { findOpenFilesLimit, limitsWithin } from './open-files.ts';
import { portError } from './port-error.ts';
import { RunningNode } from './running-node.ts';
import { build } from './version.ts';

export interface NodeOptions {
  /** Exists, and is enrolled as `identity`. */
  readonly dataDir: string;
  readonly identity: Identity;
  readonly listen: Address;
  readonly controlPlane: string;
  readonly allowedUpstreams: readonly Cidr[];
  readonly metricsListen?: Address | undefined;
  readonly location?: Location | undefined;
  /** How long the rights of this node should last while the control plane is away. Default: an hour. */
  readonly coverMs?: number | undefined;
  readonly log?: LogOptions | undefined;
}

/** Streams may run on for 30 s; the books close within a few more. */
export const longestDrainMs = 45_000;

const clocks: Clocks = { nowMs: Date.now, monotonicMs: () => performance.now() };

/** Opens a node from its books to its door. What was opened is closed again when a later part cannot be. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const opened = new AsyncDisposableStack();
  try {
    return await open(options, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw explain(error, options);
  }
}

async function open(options: NodeOptions, opened: AsyncDisposableStack): Promise<RunningNode> {
  const { dataDir, identity, listen } = options;
  const failure = new AbortController();
  const book: { note?: (entry: LogEntry) => void } = {};
  const log = openLog({ ...options.log, onWarning: (line) => noteLine(line, book.note) });
  const sealing = { nodeId: identity.node_id, privateKey: identity.sealing_private_key, publicKey: identity.sealing_public_key };
  const config = await openWhenFree({ dataDir, identity: sealing, clocks, build, log });
  opened.defer(() => config.keep.close());
  const ledger = await openLedger({ dataDir, nowMs: clocks.nowMs, log, onFatal: () => failure.abort() });
  opened.defer(() => ledger.close());
  book.note = (entry) => ledger.note(entry);
  const metrics = openMetrics();
  const upstreams = new Upstreams({ allowed: options.allowedUpstreams, snapshots: config.current, location: options.location });
  opened.defer(() => upstreams.close());
  const showMetrics = options.metricsListen ? undefined : metricsForThisMachine(metrics);
  const quotas = new Quotas({
    clocks,
    metrics,
    osBootId: osBootId(),
    keptContact: findContact(dataDir),
    coverMs: options.coverMs,
  });
  const parts = { snapshots: config.current, ledger, upstreams, metrics, log, showMetrics, limits: fitLimits(log), quotas };
  const agent = createAgent(parts);
  const keeper = keepHealth(agent, ledger);
  opened.defer(() => keeper.stop());
  if (options.metricsListen) {
    const { host, port } = options.metricsListen;
    const server = await serveMetrics(metrics, host, port).catch(portError(`${host}:${port}`, 'CARPOOL_METRICS_LISTEN'));
    opened.defer(() => server.close());
  }
  const listener = await startListener(agent, listen).catch(portError(`${listen.host}:${listen.port}`, '--listen'));
  const node = new RunningNode({ options, config, ledger, agent, listener, metrics, log, clocks, opened });
  node.start();
  failure.signal.addEventListener('abort', () => void node.stop(exitCodes.failed));
  if (failure.signal.aborted) void node.stop(exitCodes.failed);
  return node;
}

/** Looks at idle and failing accounts, and leaves a note of every look in the books. */
function keepHealth(agent: Agent, ledger: Ledger): HealthKeeper {
  const { health, nowMs, random } = agent;
  const keeper = new HealthKeeper({
    health,
    findGroup: (id) => agent.snapshots.pin()?.findGroup(id),
    check: lookAtAccount(agent),
    nowMs,
    random,
    onLook: (look) => ledger.note({ kind: 'health', ...look }),
  });
  keeper.start();
  return keeper;
}

/** Fewer requests at once than usual where the system lets this process open few files. */
function fitLimits(log: Pick<Logger, 'warn'>): Partial<Limits> {
  const openFiles = findOpenFilesLimit();
  if (openFiles === undefined) return {};
  const limits = limitsWithin(openFiles);
  if (limits.concurrentRequests < defaultLimits.concurrentRequests) {
    const advice = 'set LimitNOFILE=32768 in the service, or "ulimit -n 32768" before the start';
    log.warn({ openFiles, ...limits, advice }, 'this process may open few files and takes fewer requests at once');
  }
  return limits;
}

/** A predecessor that is draining gives the folder up soon; one that serves does not. */
async function openWhenFree(options: KeepOptions): Promise<OpenConfig> {
  const untilMs = clocks.monotonicMs() + longestDrainMs;
  for (;;) {
    try {
      return await openKeep(options);
    } catch (error) {
      const leaves = findRecord(options.dataDir)?.state !== 'running';
      if (!(error instanceof DataDirBusy) || !leaves || clocks.monotonicMs() > untilMs) throw error;
      options.log.info('waiting for the node before this one to finish');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Warnings and errors also go into the books, where they are kept 30 days. */
function noteLine(line: string, note: ((entry: LogEntry) => void) | undefined): void {
  const entry: unknown = JSON.parse(line);
  if (!note || typeof entry !== 'object' || entry === null) return;
  const { level, msg, time: _, ...context } = entry as Record<string, unknown>;
  // A warning that notes were lost would make the next note.
  if (typeof msg !== 'string' || 'count' in context) return;
  note({ kind: 'log', level: level === 'warn' ? 'warn' : 'error', category: 'system', message: msg, context });
}

function explain(error: unknown, { dataDir, identity }: NodeOptions): unknown {
  if (error instanceof DataDirBusy) {
    return new CommandError(
      exitCodes.cannotOpen,
      `Another node runs on ${dataDir}.`,
      `Stop it first; "aicarpool-edge status --data-dir ${dataDir}" tells its process id.`,
    );
  }
  if (error instanceof LedgerFailed) {
    return new CommandError(
      exitCodes.failed,
      `The books of node ${identity.node_id} cannot be opened: ${error.message}.`,
      `Run "aicarpool-edge doctor --data-dir ${dataDir}" to see what is wrong with the disk.`,
    );
  }
  return error;
}
