import type { Config } from '../../config.ts';
import { Health } from '../../health/health.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Quotas } from '../../limits/quota/quotas.ts';
import type { Logger } from '../../observe/log.ts';
import { type Metrics, openMetrics } from '../../observe/metrics.ts';
import { metricsForThisMachine } from '../../observe/serve-metrics.ts';
import { type Agent, createAgent } from '../../proxy/agent.ts';
import { type Listener, startListener } from '../../proxy/listen.ts';
import { systemClocks as clocks } from '../../snapshot/disk/os-boot.ts';
import { FollowedConfig } from '../../snapshot/follow/follow-config.ts';
import type { SealingPair } from '../../snapshot/secrets.ts';
import type { SettleBooks } from '../../uplink/settle/settle-books.ts';
import { findContact } from '../../uplink/settle/settle-contact.ts';
import { Upstreams } from '../../upstreams/upstreams.ts';
import { openSlotLedger } from '../books/open-slot-ledger.ts';
import { settleLedger } from '../books/settle-ledger.ts';
import { slotFolder } from '../books/slot-folders.ts';
import type { AskedOfPrimary, Begin } from '../messages.ts';
import { givenSockets } from './given-sockets.ts';
import { limitsOfWorker, partOfWorker } from './limits-of-worker.ts';
import type { PrimaryLine } from './primary-line.ts';
import { RemoteGate } from './remote-gate.ts';
import { RemotePlaces } from './remote-places.ts';
import { remoteTrials } from './remote-trials.ts';
import { SharedHomes } from './shared-homes.ts';
import { tellOutcomes } from './tell-outcomes.ts';
import { Tickets } from './tickets.ts';

export interface WorkerParts {
  readonly begin: Begin;
  /** Of the environment, which is the primary's. */
  readonly config: Pick<Config, 'allowedUpstreams' | 'location'>;
  readonly line: PrimaryLine;
  readonly log: Logger;
  readonly onDisk: () => void;
  readonly onCondemned: () => void;
}

/** What data keys are sealed to, as the primary last said. */
interface Pairs {
  now: readonly SealingPair[];
}

/** A worker that serves: everything of a node but its session, its config and its port. */
export interface OpenWorker {
  readonly agent: Agent;
  readonly ledger: Ledger;
  readonly config: FollowedConfig;
  readonly pairs: Pairs;
  readonly listener: Listener;
  readonly metrics: Metrics;
  readonly places: RemotePlaces;
  readonly homes: SharedHomes;
  readonly settling: SettleBooks;
  readonly upstreams: Upstreams;
}

const metricsDeadlineMs = 2_000;

/** Opens the config and the books of a slot, then its door. */
export async function openWorker(parts: WorkerParts): Promise<OpenWorker> {
  const { begin, line, log } = parts;
  const folder = slotFolder(begin.dataDir, begin.slot);
  const pairs = { now: begin.pairs };
  const following = FollowedConfig.open({ ...followOptions(begin, pairs), log });
  const [config, ledger] = await Promise.all([following, openSlotLedger(folder, { log, clocks, onDisk: parts.onDisk })]);
  const metrics = openMetrics();
  const upstreams = new Upstreams({
    allowed: parts.config.allowedUpstreams,
    snapshots: config.current,
    location: parts.config.location,
    partOfProxy: partOfWorker(begin.slot, begin.of),
  });
  const cover = { coverMs: begin.coverMs, booksOfNode: begin.of };
  const quotas = new Quotas({ clocks, metrics, keptContact: findContact(folder), ...cover });
  const tickets = new Tickets(line);
  const places = new RemotePlaces(line, tickets);
  const homes = new SharedHomes((list) => line.tell({ is: 'homes', homes: list }));
  const onOutcome = tellOutcomes((outcomes) => line.tell({ is: 'outcomes', outcomes }));
  const shared = {
    gate: new RemoteGate(line, tickets),
    answerHomes: homes,
    health: new Health(() => begin.chance, onOutcome),
    inFlight: places,
    trials: remoteTrials(line, tickets),
  };
  const limits = limitsOfWorker(begin.of);
  const showMetrics = begin.showsMetrics ? metricsForThisMachine({ text: () => askMetrics(line, metrics) }) : undefined;
  const agent = createAgent({ snapshots: config.current, ledger, upstreams, metrics, log, showMetrics, limits, quotas, shared });
  const settling = settleLedger({
    ledger,
    folder,
    quotas,
    log,
    clocks,
    snapshots: config.current,
    post: (question, deadlineMs) => askSettle(line, { want: 'settle', question, deadlineMs }),
    onCondemned: parts.onCondemned,
  });
  const listener = await startListener(agent, givenSockets(begin.listen.host, begin.listen.port, line));
  return { agent, ledger, config, pairs, listener, metrics, places, homes, settling, upstreams };
}

function followOptions({ dataDir, nodeId, contact, pairs }: Begin, held: Pairs) {
  const [newest] = pairs;
  if (!newest) throw new Error('an identity without a sealing key');
  return { dataDir, clocks, contact, identity: { nodeId, ...newest, pairs: () => held.now } };
}

type Settle = Parameters<typeof settleLedger>[0]['post'];
/** Behind the deadline of the call itself. */
const wayMs = 1_000;

async function askSettle(line: PrimaryLine, asked: Extract<AskedOfPrimary, { want: 'settle' }>): ReturnType<Settle> {
  const answer = await line.ask(asked, asked.deadlineMs + wayMs);
  return (answer ?? unheard) as Awaited<ReturnType<Settle>>;
}

const unheard: Awaited<ReturnType<Settle>> = {
  ok: false,
  failure: { kind: 'unreachable', status: null, code: 'no_primary', message: 'the primary did not answer', retryAfterMs: null },
};

async function askMetrics(line: PrimaryLine, own: Metrics): ReturnType<Metrics['text']> {
  const body = await line.ask({ want: 'metrics' }, metricsDeadlineMs);
  const { contentType, body: mine } = await own.text();
  return { contentType, body: typeof body === 'string' ? body : mine };
}
