import { randomUUID } from 'node:crypto';
import type { Signal } from '@aicarpool/shared-protocol';
import type { Ledger } from '../ledger/ledger.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Agent } from '../proxy/agent.ts';
import { runProbe } from '../proxy/fail-over/probe/run-probe.ts';
import type { Listener } from '../proxy/listen.ts';
import type { Clocks } from '../snapshot/contact.ts';
import type { OpenConfig } from '../snapshot/open-keep.ts';
import { ControlPlane } from '../uplink/call-control-plane.ts';
import type { PostSettle, SettleBooks, SettleState } from '../uplink/settle/settle-books.ts';
import type { NodeIdentity } from '../uplink/signing/node-identity.ts';
import { Uplink, type UplinkParts } from '../uplink/uplink.ts';
import type { NodeBooks } from '../workers/books/node-books.ts';
import { settleLedger } from '../workers/books/settle-ledger.ts';
import { withCrew } from '../workers/crew/crew-vitals.ts';
import type { CrewLink } from '../workers/open-crew.ts';
import type { UnusedBook } from '../workers/unused-books.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { HealthWatch } from './health-watch.ts';
import { fencedMark, type NodeRecord, writeRecord } from './record/node-record.ts';
import { recordSettlement, type SettlementRecord } from './record/settlement-record.ts';
import { drainSignals, vitalsOf } from './record/vitals.ts';
import type { NodeOptions } from './start-node.ts';
import { build } from './version.ts';

export interface NodeParts {
  readonly options: NodeOptions;
  readonly identity: NodeIdentity;
  readonly config: OpenConfig;
  readonly ledger: Ledger;
  readonly agent: Agent;
  readonly listener: Listener;
  /** All books of the node; `ledger` is the one of this process. */
  readonly books: NodeBooks;
  readonly unused: readonly UnusedBook[];
  readonly link: CrewLink;
  readonly watch: HealthWatch;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clocks: Clocks;
  /** Closes, in reverse, what stands behind the listener. */
  readonly opened: AsyncDisposableStack;
}

const recordEveryMs = 2_000;
const healthyCheckMs = 5_000;

/** A node that serves. Ends by itself when its disk fails or somebody else became this node. */
export class RunningNode {
  readonly host: string;
  readonly port: number;
  /** Resolves when everything is closed, with the exit code that fits. */
  readonly ended: Promise<ExitCode>;
  readonly #parts: NodeParts;
  readonly #controlPlane: ControlPlane;
  readonly #uplink: Uplink;
  readonly #settling: SettleBooks;
  /** Of books that this process keeps beside its own. */
  readonly #alsoSettling: readonly SettleBooks[];
  readonly #startedAt: string;
  readonly #timers: NodeJS.Timeout[] = [];
  #resolveEnded: (code: ExitCode) => void = () => undefined;
  #stopping: Promise<void> | undefined;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.host = parts.listener.host;
    this.port = parts.listener.port;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#startedAt = new Date(parts.clocks.nowMs()).toISOString();
    this.#controlPlane = new ControlPlane(parts.options.controlPlane);
    this.#uplink = this.#makeUplink();
    this.#settling = this.#makeSettling();
    const post: PostSettle = (question, withinMs) => this.#uplink.settle(question, withinMs);
    this.#alsoSettling = parts.unused.map((book) => book.settling(post));
    parts.link.settle = post;
  }

  start(): void {
    this.#gauge();
    this.#writeRecord('running');
    this.#timers.push(
      setInterval(() => this.#writeRecord('running'), recordEveryMs),
      this.#watchHealth(),
    );
    this.#uplink.start();
    for (const settling of this.#allSettling()) settling.start();
  }

  /** Takes no new work, lets streams finish, closes the books. The first reason given counts. */
  stop(code: ExitCode = exitCodes.done): Promise<void> {
    this.#stopping ??= this.#close(code);
    return this.#stopping;
  }

  /** For the moment in which the process dies of its own exception. */
  crashed(reason: string): void {
    this.#parts.config.crashed(reason);
  }

  status(): { readonly version: number; readonly keys: number } {
    return this.#parts.config.status();
  }

  async #close(code: ExitCode): Promise<void> {
    const { log, agent, listener, opened } = this.#parts;
    log.info({ active: this.#requests() }, 'draining');
    for (const timer of this.#timers) clearInterval(timer);
    agent.load.draining = true;
    this.#writeRecord('draining');
    await Promise.all([listener.close(), this.#uplink.announce()]);
    await Promise.all(this.#allSettling().map((settling) => settling.stop(code === exitCodes.done)));
    await this.#uplink.stop();
    await this.#controlPlane.close();
    this.#writeRecord('stopped');
    await opened.disposeAsync();
    this.#resolveEnded(code);
  }

  #makeUplink(): Uplink {
    const { options, identity, config, books, agent, metrics, log, clocks } = this.#parts;
    return new Uplink({
      controlPlane: this.#controlPlane,
      identity,
      clocks,
      random: Math.random,
      log,
      metrics,
      keep: config.keep,
      ledger: books,
      vitals: this.#makeVitals(),
      runProbe: (probe) => runProbe(agent, probe),
      drainSignals: (atMost) => this.#drainSignals(atMost),
      onRecall: (wins) => this.#recall(wins),
      onSession: () => this.#reachable(),
      about: { build: build.slice(0, 100), bootId: randomUUID(), listen: `${this.host}:${this.port}` },
      onEnd: (why) => {
        if (why === 'fenced') fencedMark.write(options.dataDir, new Date(clocks.nowMs()).toISOString());
        const forgotten = why === 'retired' ? config.keep.forget() : Promise.resolve();
        void forgotten.finally(() => this.stop(why === 'fenced' ? exitCodes.fenced : exitCodes.tokenRefused));
      },
    });
  }

  #makeVitals(): UplinkParts['vitals'] {
    const { identity, config, books, agent, clocks, link } = this.#parts;
    const { monotonicMs } = clocks;
    const own = vitalsOf({ nodeId: identity.nodeId, ledger: books, config: config.status, agent, monotonicMs });
    return link.crew ? withCrew(link.crew, own, monotonicMs) : own;
  }

  #drainSignals(atMost: number): Signal[] {
    const { agent, link } = this.#parts;
    const own = drainSignals(agent, atMost);
    return [...own, ...(link.crew?.drainSignals(atMost - own.length) ?? [])];
  }

  #recall(wins: readonly number[]): void {
    for (const settling of this.#allSettling()) settling.recall(wins);
    this.#parts.link.crew?.tellBooks({ is: 'recall', wins });
  }

  #reachable(): void {
    for (const settling of this.#allSettling()) settling.reachable();
    this.#parts.link.crew?.tellBooks({ is: 'reachable' });
  }

  #allSettling(): readonly SettleBooks[] {
    return [this.#settling, ...this.#alsoSettling];
  }

  /** Client requests that this node serves, in whichever process. */
  #requests(): number {
    const { agent, link } = this.#parts;
    return agent.load.requests + (link.crew?.requests ?? 0);
  }

  #settlement(): SettlementRecord {
    return recordSettlement(this.#settleStates(), this.#parts.clocks.nowMs());
  }

  /** Of all books of the node, in whichever process. */
  #settleStates(): SettleState[] {
    return [...this.#allSettling().map((settling) => settling.state()), ...(this.#parts.link.crew?.settling() ?? [])];
  }

  #makeSettling(): SettleBooks {
    const { options, config, ledger, agent, log, clocks } = this.#parts;
    return settleLedger({
      ledger,
      folder: options.dataDir,
      quotas: agent.quotas,
      post: (question, withinMs) => this.#uplink.settle(question, withinMs),
      clocks,
      log,
      shares: agent.shares,
      snapshots: config.current,
      onCondemned: () => void this.stop(exitCodes.newBooks),
    });
  }

  /** A change is trusted once this process has lived a minute with it. */
  #watchHealth(): NodeJS.Timeout {
    const { config, clocks, log, watch } = this.#parts;
    return setInterval(() => {
      const { applyNo, healthyNo } = config.status();
      const proven = watch.look(applyNo, clocks.monotonicMs());
      if (proven === undefined || proven <= healthyNo) return;
      config.keep.markHealthy(proven).catch((error) => log.error({ err: error }, 'a healthy config could not be marked'));
    }, healthyCheckMs);
  }

  #gauge(): void {
    const { metrics, config, ledger, clocks } = this.#parts;
    const sum = (of: (state: SettleState) => number) => this.#settleStates().reduce((all, state) => all + of(state), 0);
    metrics.gauge('active_requests', () => this.#requests());
    metrics.gauge('ledger_seq', () => ledger.head().seq);
    metrics.gauge('config_version', () => config.status().version);
    metrics.gauge('config_keys', () => config.status().keys);
    metrics.gauge('config_groups', () => config.status().groups.length);
    metrics.gauge('config_rejects', () => config.status().rejects);
    metrics.gauge('config_age_seconds', () => (clocks.nowMs() - (config.status().lastContactAtMs ?? 0)) / 1000);
    metrics.gauge('quota_slices', () => sum(({ slices }) => slices));
    metrics.gauge('quota_held_requests', () => sum(({ holding }) => holding));
    metrics.gauge('quota_waiting_requests', () => sum(({ waiting }) => waiting));
    metrics.gauge('unsettled_rows', () => sum(({ unsettledRows }) => unsettledRows));
    const ages = () => this.#settleStates().map(({ answeredAgoMs }) => answeredAgoMs);
    metrics.gauge('settle_age_seconds', () => ageInSeconds(Math.max(...ages())));
    metrics.gauge('uplink_connected', () => (this.#uplink.state().streaming ? 1 : 0));
  }

  #writeRecord(state: NodeRecord['state']): void {
    const { options, config, ledger, link, clocks, log } = this.#parts;
    const { epoch, version, slot, keys, groups, rejects, lastContactAtMs } = config.status();
    const { sessionNo, streaming, failure, clockOffsetMs } = this.#uplink.state();
    const instant = (ms: number) => new Date(ms).toISOString();
    const lastContact = lastContactAtMs === undefined ? null : instant(lastContactAtMs);
    const record: NodeRecord = {
      state,
      pid: process.pid,
      started_at: this.#startedAt,
      written_at: instant(clocks.nowMs()),
      listen: `${this.host}:${this.port}`,
      build,
      config: { epoch, version, slot, keys, groups: groups.length, rejects, last_contact_at: lastContact },
      uplink: { session_no: sessionNo, streaming, failure: failure?.message ?? null, clock_offset_ms: clockOffsetMs },
      ledger: ledger.head(),
      settlement: this.#settlement(),
      active_requests: this.#requests(),
      workers: (link.crew?.members() ?? []).map(({ pulse, ...member }) => ({
        ...member,
        active_requests: pulse?.requests ?? 0,
        ledger: pulse?.head ?? null,
      })),
    };
    try {
      writeRecord(options.dataDir, record);
    } catch (error) {
      log.warn({ err: error }, 'status.json could not be written');
    }
  }
}

function ageInSeconds(ms: number): number {
  return Number.isFinite(ms) ? ms / 1000 : -1;
}
