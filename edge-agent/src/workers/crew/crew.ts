import type { ProxyHealth } from '@aicarpool/shared-protocol';
import type { Logger } from '../../observe/log.ts';
import type { Agent } from '../../proxy/agent.ts';
import type { Listener } from '../../proxy/listen.ts';
import type { ConfigChange } from '../../snapshot/follow/config-change.ts';
import type { OpenConfig } from '../../snapshot/open-keep.ts';
import type { PostSettle, SettleState } from '../../uplink/settle/settle-books.ts';
import type { AskedOfPrimary, Begin, Pulse, ToPrimary, ToWorker } from '../messages.ts';
import { Door } from './door.ts';
import { GateDesk } from './gate-desk.ts';
import { NewsDesk } from './news-desk.ts';
import { PlaceDesk } from './place-desk.ts';
import { ProxyCounts } from './proxy-counts.ts';
import { Slot, type SlotState } from './slot.ts';
import { TrialDesk } from './trial-desk.ts';
import type { WorkerProcess } from './worker-process.ts';

export interface CrewParts {
  readonly workers: number;
  /** What every worker must know, but its slot, where it listens and how old the config is. */
  readonly begin: Omit<Begin, 'slot' | 'of' | 'listen' | 'contact' | 'pairs'>;
  readonly pairs: () => Begin['pairs'];
  readonly listen: Begin['listen'];
  readonly config: Pick<OpenConfig, 'news' | 'contact' | 'keep'>;
  /** Of this process: it serves nobody, and knows everything. */
  readonly agent: Agent;
  readonly log: Logger;
  readonly metricsText: () => Promise<string>;
  /** In the session of the node. */
  readonly settle: PostSettle;
  /** A worker began (again) or ended: what reads its books opens them anew. */
  readonly onBooks: (slot: number) => void;
  /** It can be told things, though no worker serves yet. */
  readonly onBegun: (crew: Crew) => void;
  readonly onDisk: () => void;
  /** A worker ended by its own fault. */
  readonly onCrash: (reason: string) => void;
}

/** How a worker does. */
export interface CrewMember extends SlotState {
  readonly connections: number;
  readonly pulse: Pulse | undefined;
}

const lookEveryMs = 1_000;
const startAtMostMs = 20_000;
/** Streams may run on for 25 s; then the last rows settle and the books close. */
const drainAtMostMs = 37_000;
const metricsDeadlineMs = 2_000;

/** The workers of a node, seen from the process that has its session, its config and its port. */
export class Crew implements Listener {
  readonly host: string;
  readonly #parts: CrewParts;
  readonly #door: Door;
  readonly #gate: GateDesk;
  readonly #places: PlaceDesk;
  readonly #trials: TrialDesk;
  readonly #news: NewsDesk;
  readonly #proxies = new ProxyCounts();
  readonly #slots: readonly Slot[];
  readonly #unfollow: () => void;
  readonly #looking: NodeJS.Timeout;
  #port = 0;
  #isFailed = false;

  private constructor(parts: CrewParts) {
    const { agent, config } = parts;
    this.#parts = parts;
    this.host = parts.listen.host;
    this.#door = new Door(() => this.#serving());
    this.#gate = new GateDesk(agent.gate, agent.monotonicMs);
    this.#places = new PlaceDesk(agent.inFlight);
    this.#trials = new TrialDesk(agent);
    this.#news = new NewsDesk({ ...agent, tellOthers: (but, news) => this.#tell(news, but) });
    this.#unfollow = config.news.follow((change) => this.#tell(this.#toTell(change)));
    this.#slots = Array.from({ length: parts.workers }, (_, at) => this.#makeSlot(at + 1));
    this.#looking = setInterval(() => {
      for (const slot of this.#slots) slot.look();
    }, lookEveryMs);
  }

  /** Opens the port and starts all workers; resolves when they serve, or some of them after a while. */
  static async start(parts: CrewParts): Promise<Crew> {
    const crew = new Crew(parts);
    try {
      crew.#port = await crew.#door.open(parts.listen.host, parts.listen.port);
    } catch (error) {
      crew.#stop();
      throw error;
    }
    parts.onBegun(crew);
    for (const slot of crew.#slots) slot.start();
    await crew.#begun();
    return crew;
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#serving().reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Client requests that are being served. */
  get requests(): number {
    return this.#all().reduce((sum, { pulse }) => sum + (pulse?.requests ?? 0), 0);
  }

  members(): CrewMember[] {
    return this.#slots.map((slot) => ({
      ...slot.state(),
      connections: slot.worker?.connections ?? 0,
      pulse: slot.worker?.pulse,
    }));
  }

  /** Requests of all workers that an account works on. */
  loadOf(upstreamId: string): number {
    return this.#places.of(upstreamId);
  }

  /** How the books of the workers settle, as far as they say. */
  settling(): SettleState[] {
    return this.#all().flatMap(({ pulse }) => {
      if (!pulse) return [];
      const { answeredAgoMs, ...state } = pulse.settling;
      return { ...state, answeredAgoMs: answeredAgoMs ?? Number.POSITIVE_INFINITY };
    });
  }

  /** How proxies do, for all processes of the node. */
  proxies(own: Readonly<Record<string, ProxyHealth>>): Record<string, ProxyHealth> {
    return this.#proxies.all(own);
  }

  /** What this process saw itself. */
  outcomes: NewsDesk['outcomes'] = (worker, outcomes) => this.#news.outcomes(worker, outcomes);

  /** What the control plane says to whoever has books. */
  tellBooks(news: Extract<ToWorker, { is: 'recall' | 'reachable' }>): void {
    this.#tell(news);
  }

  drainSignals(atMost: number) {
    return this.#news.drainSignals(atMost);
  }

  /** Of every worker that answers in time, as JSON of its registry. */
  async metrics(): Promise<unknown[]> {
    const asked = this.#all().map(({ line }) => line.ask({ want: 'metrics' }, metricsDeadlineMs));
    return (await Promise.all(asked)).filter((answer) => answer !== undefined);
  }

  async close(): Promise<void> {
    this.#stop();
    await Promise.all(this.#slots.map((slot) => slot.close(drainAtMostMs)));
  }

  #stop(): void {
    clearInterval(this.#looking);
    this.#door.close();
    this.#unfollow();
  }

  async #begun(): Promise<void> {
    const untilMs = performance.now() + startAtMostMs;
    while (!this.#isFailed && performance.now() < untilMs && this.#serving().length < this.#slots.length) {
      if (this.#slots.some((slot) => slot.state().failures > 2) && this.#serving().length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #makeSlot(slot: number): Slot {
    const { config, log, onCrash, workers: of, begin, agent } = this.#parts;
    return new Slot({
      slot,
      begin: () => ({
        ...begin,
        slot,
        of,
        listen: { host: this.host, port: this.#port },
        contact: config.contact(),
        pairs: this.#parts.pairs(),
      }),
      ends: {
        onTold: (worker, told) => this.#hear(worker, told),
        onAsked: (worker, asked) => this.#answer(worker, asked),
        onExit: (worker) => this.#lost(worker),
      },
      monotonicMs: agent.monotonicMs,
      log,
      onDisk: () => {
        this.#isFailed = true;
        this.#parts.onDisk();
      },
      onCrash,
    });
  }

  #hear(worker: WorkerProcess, told: ToPrimary): void {
    worker.lastHeardMs = this.#parts.agent.monotonicMs();
    const { slot } = worker;
    switch (told.is) {
      case 'ready':
        this.#welcome(worker);
        return;
      case 'pulse':
        worker.pulse = told.pulse;
        if (told.pulse.proxies) this.#proxies.hear(worker.pid, told.pulse.proxies);
        if (told.pulse.draining) worker.state = 'draining';
        return;
      case 'connections':
        worker.count(told.took, told.closed);
        return;
      case 'leave':
        if (!this.#gate.leave(slot, told.ticket) && !this.#places.leave(slot, told.ticket)) this.#trials.leave(slot, told.ticket);
        return;
      case 'used':
        this.#gate.used(slot, told.ticket, told.guest, told.used);
        return;
      case 'outcomes':
        this.#news.outcomes(slot, told.outcomes);
        return;
      case 'homes':
        this.#news.homes(slot, told.homes);
        return;
      case 'loads':
        this.#places.tell(slot, told.loads);
        this.#news.loads(slot, told.loads);
        return;
      case 'signals':
        this.#news.signals(told.signals);
    }
  }

  #answer(worker: WorkerProcess, asked: AskedOfPrimary): unknown {
    const { slot } = worker;
    switch (asked.want) {
      case 'enter':
        return this.#gate.enter(slot, asked.ticket, asked.guest, asked.urgent);
      case 'promise':
        return this.#gate.promise(slot, asked.ticket, asked.guest, asked.estimate);
      case 'place':
        return this.#places.claim(slot, asked.ticket, asked.upstreamId, asked.cap);
      case 'trial':
        return this.#trials.claim(slot, asked.ticket, asked);
      case 'settle':
        return this.#parts.settle(asked.question, asked.deadlineMs);
      case 'metrics':
        return this.#parts.metricsText();
    }
  }

  #welcome(worker: WorkerProcess): void {
    this.#slots[worker.slot - 1]?.serves();
    const { agent, log } = this.#parts;
    const startMs = Math.round(agent.monotonicMs() - worker.startedAtMs);
    log.info({ worker: worker.slot, pid: worker.pid, startMs }, 'a worker serves');
    this.#parts.onBooks(worker.slot);
    this.#news.welcome((news) => worker.line.tell(news));
    this.#door.deal();
  }

  #lost(worker: WorkerProcess): void {
    this.#gate.lost(worker.slot);
    this.#places.lost(worker.slot);
    this.#trials.lost(worker.slot);
    this.#news.lost(worker.slot);
    this.#proxies.lost(worker.pid);
    this.#parts.onBooks(worker.slot);
  }

  /** Data keys may be sealed to another pair than those before. */
  #toTell(change: ConfigChange): ToWorker {
    const mayBeSealed = change.is === 'reload' || (change.is === 'scope' && change.dataKeys.length > 0);
    return { is: 'config', change, ...(mayBeSealed ? { pairs: this.#parts.pairs() } : {}) };
  }

  #tell(news: ToWorker, but = 0): void {
    for (const worker of this.#all()) if (worker.slot !== but) worker.line.tell(news);
  }

  #all(): WorkerProcess[] {
    return this.#slots.flatMap(({ worker }) => worker ?? []);
  }

  #serving(): WorkerProcess[] {
    return this.#all().filter(({ state }) => state === 'serving');
  }
}
