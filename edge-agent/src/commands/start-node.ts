import type { Cidr } from '@aicarpool/shared-protocol';
import type { Address, Location } from '../config.ts';
import { HealthKeeper } from '../health/health.ts';
import { type Ledger, LedgerFailed, type LogEntry, openLedger } from '../ledger/ledger.ts';
import { Quotas } from '../limits/quota/quotas.ts';
import { Shares } from '../limits/shares.ts';
import { upstreamGroups } from '../limits/upstream-groups.ts';
import { type Logger, type LogOptions, openLog } from '../observe/log.ts';
import { type Metrics, openMetrics } from '../observe/metrics.ts';
import { metricsForThisMachine, serveMetrics } from '../observe/serve-metrics.ts';
import { type Agent, createAgent } from '../proxy/agent.ts';
import { lookAtAccount } from '../proxy/fail-over/look-at-account.ts';
import { defaultLimits, type Limits } from '../proxy/intake/limits.ts';
import { type Listener, startListener } from '../proxy/listen.ts';
import { DataDirBusy } from '../snapshot/disk/open-store.ts';
import { systemClocks as clocks } from '../snapshot/disk/os-boot.ts';
import { type KeepOptions, type OpenConfig, openKeep } from '../snapshot/open-keep.ts';
import { type Identity, writeIdentity } from '../uplink/identity.ts';
import { findContact, findSharedBy } from '../uplink/settle/settle-contact.ts';
import { NodeIdentity } from '../uplink/signing/node-identity.ts';
import { Upstreams } from '../upstreams/upstreams.ts';
import { NodeBooks } from '../workers/books/node-books.ts';
import { noteLine } from '../workers/books/note-line.ts';
import { type CrewLink, crewHealth, nodeMetrics, openCrew } from '../workers/open-crew.ts';
import { openUnusedBooks } from '../workers/unused-books.ts';
import { CommandError, exitCodes } from './exit-codes.ts';
import { HealthWatch } from './health-watch.ts';
import { findOpenFilesLimit, limitsWithin } from './process/open-files.ts';
import { portError } from './process/port-error.ts';
import { findRecord } from './record/node-record.ts';
import { RunningNode } from './running-node.ts';
import { build } from './version.ts';

export interface NodeOptions {
  /** Exists, and is enrolled as `identity`. */
  readonly dataDir: string;
  readonly identity: Identity;
  /** False: the identity is from elsewhere, and the folder keeps none. */
  readonly keepsIdentity?: boolean | undefined;
  /** A snapshot that was exported for this node, should it hold no config yet. */
  readonly snapshot?: unknown;
  readonly listen: Address;
  readonly controlPlane: string;
  readonly allowedUpstreams: readonly Cidr[];
  readonly metricsListen?: Address | undefined;
  readonly location?: Location | undefined;
  /** How long the rights of this node should last while the control plane is away. Default: an hour. */
  readonly coverMs?: number | undefined;
  /** Processes that serve; 1: this one. */
  readonly workers?: number | undefined;
  readonly log?: LogOptions | undefined;
}

/** Streams may run on for 30 s; the books close within a few more. */
export const longestDrainMs = 45_000;

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
  const { dataDir, workers = 1 } = options;
  const isAlone = workers <= 1;
  const failure = new AbortController();
  const book: { note?: (entry: LogEntry) => void } = {};
  const log = openLog({ ...options.log, onWarning: (line) => noteLine(line, book.note) });
  const { node, config } = await openConfig(options, log, opened);
  const ledger = await openLedger({ dataDir, nowMs: clocks.nowMs, log, onFatal: () => failure.abort() });
  opened.defer(() => ledger.close());
  book.note = (entry) => ledger.note(entry);
  const link: CrewLink = { crew: undefined, settle: undefined };
  const unused = await openUnusedBooks({ dataDir, workers: isAlone ? 0 : workers, log, clocks, snapshots: config.current });
  for (const book of unused) opened.defer(() => book.ledger.close());
  const metrics = openMetrics();
  const upstreams = new Upstreams({ allowed: options.allowedUpstreams, snapshots: config.current, location: options.location });
  opened.defer(() => upstreams.close());
  const showMetrics = options.metricsListen ? undefined : metricsForThisMachine(metrics);
  const quotas = openQuotas(options, metrics);
  const chance = Math.random();
  const shared = isAlone ? undefined : { health: crewHealth(link, chance) };
  const shares = new Shares(
    upstreamGroups(config.current, () => config.status().groups),
    findSharedBy(dataDir),
  );
  const limits = fitLimits(log);
  const parts = { snapshots: config.current, ledger, upstreams, metrics, log, showMetrics, limits, quotas, shares };
  const agent = createAgent({ ...parts, ...(shared && { shared }) });
  const keeper = keepHealth(agent, ledger);
  opened.defer(() => keeper.stop());
  if (options.metricsListen) {
    const { host, port } = options.metricsListen;
    const server = await serveMetrics(nodeMetrics(metrics, link), host, port).catch(
      portError(`${host}:${port}`, 'CARPOOL_METRICS_LISTEN'),
    );
    opened.defer(() => server.close());
  }
  const members = () => link.crew?.members() ?? [];
  const books = new NodeBooks({ dataDir, own: ledger, unused: unused.map((book) => book.ledger), log, members });
  opened.defer(() => books.close());
  const watch = new HealthWatch();
  const onCrash = crashNoter(config, watch, log);
  const onDisk = () => failure.abort();
  const base = { options, identity: node, config, agent, metrics, log };
  const listener = await openDoor({ ...base, link, books, workers, chance, onCrash, onDisk });
  const running = new RunningNode({ ...base, ledger, books, unused, link, watch, listener, clocks, opened });
  running.start();
  failure.signal.addEventListener('abort', () => void running.stop(exitCodes.failed));
  if (failure.signal.aborted) void running.stop(exitCodes.failed);
  return running;
}

function openQuotas({ dataDir, coverMs }: NodeOptions, metrics: Metrics): Quotas {
  return new Quotas({ clocks, metrics, keptContact: findContact(dataDir), coverMs });
}

interface DoorParts {
  readonly options: NodeOptions;
  readonly identity: NodeIdentity;
  readonly config: OpenConfig;
  readonly agent: Agent;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly link: CrewLink;
  readonly books: NodeBooks;
  readonly workers: number;
  readonly chance: number;
  readonly onCrash: (reason: string) => void;
  readonly onDisk: () => void;
}

/** The port that AI clients reach, served by this process or by workers. */
function openDoor({ options, identity, workers, chance, ...parts }: DoorParts): Promise<Listener> {
  const { listen, dataDir, metricsListen, coverMs } = options;
  const onTaken = portError(`${listen.host}:${listen.port}`, '--listen');
  if (workers <= 1) return startListener(parts.agent, listen).catch(onTaken);
  const { nodeId } = identity;
  const showsMetrics = metricsListen === undefined;
  const begin = { dataDir, nodeId, logLevel: options.log?.level, showsMetrics, chance, coverMs };
  return openCrew({ ...parts, workers, begin, listen, pairs: () => identity.sealingPairs() }).catch(onTaken);
}

/** A worker that ends by its own fault soon after a change of the config is held against that change. */
function crashNoter(config: OpenConfig, watch: HealthWatch, log: Logger): (reason: string) => void {
  return (reason) => {
    log.error({ reason }, 'a worker crashed');
    watch.crashed();
    config.keep.strike().then(
      (wentBack) => wentBack && log.error('workers crashed twice in a row with a new config; serving with the one before'),
      (error) => log.error({ err: error }, 'a crash could not be held against the config'),
    );
  };
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

/** Who this node is, and the config that it holds. */
async function openConfig(options: NodeOptions, log: Logger, opened: AsyncDisposableStack) {
  const { dataDir, identity, snapshot, keepsIdentity = true } = options;
  const save = keepsIdentity ? (next: Identity) => writeIdentity(dataDir, next) : null;
  const onUnsaved = (error: unknown) => log.error({ err: error }, 'identity.json could not be written; trying again later');
  const node = new NodeIdentity(identity, save, clocks.nowMs, onUnsaved);
  const config = await openWhenFree({ dataDir, identity: node.sealing(), signers: node.centerKeys, clocks, build, log });
  opened.defer(() => config.keep.close());
  if (config.opensWithNewestKey()) node.forgetOldSealingKeys();
  if (snapshot !== undefined) await beginWith(config, snapshot);
  return { node, config };
}

/** A file that is no good for this node is told about, and does not keep it from waiting for the control plane. */
async function beginWith(config: OpenConfig, snapshot: unknown): Promise<void> {
  const { refused } = await config.keep.begin(snapshot).catch(() => ({ refused: 'unreadable' }));
  if (refused === undefined || refused === 'older') return;
  throw new CommandError(
    exitCodes.badArguments,
    `The snapshot cannot be used: ${refused.replaceAll('_', ' ')}.`,
    'Export it anew for this node in the dashboard, or start without it.',
  );
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
