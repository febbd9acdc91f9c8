import { type HeartbeatRequest, PROTOCOL_VERSION, type SessionRequest, sessionAnswer } from '@aicarpool/shared-protocol';
import type { Ledger } from '../ledger/ledger.ts';
import type { Keep } from '../snapshot/keep.ts';
import { ProbeAnswerer, type RunProbe } from './answer-probes.ts';
import { StatsAnswerer } from './answer-stats.ts';
import { Backoff } from './backoff.ts';
import type { CallFailure } from './call-control-plane.ts';
import { ConfigFollower } from './follow-config.ts';
import { followEvents } from './follow-events.ts';
import { Pause } from './pause.ts';
import { beat, sendHeartbeats } from './send-heartbeat.ts';
import { type DrainSignals, Outbox, sendSignals } from './send-signals.ts';
import { isRetired, Session, type SessionParts } from './session.ts';

export interface UplinkParts extends SessionParts {
  readonly keep: Keep;
  readonly ledger: Pick<Ledger, 'ask' | 'head'>;
  readonly vitals: () => Omit<HeartbeatRequest, 'session_no'>;
  /** Tries something out; rejects only where the node has a bug. */
  readonly runProbe: RunProbe;
  readonly drainSignals: DrainSignals;
  readonly about: { readonly build: string; readonly bootId: string; readonly listen: string };
  /**
   * The last words of the uplink. `fenced`: somebody else opened a session as this node, so leave. `retired`: an
   * administrator took this node out of service, so forget its config and leave. Called once.
   */
  readonly onEnd: (why: 'fenced' | 'retired') => void;
}

export interface UplinkState {
  readonly sessionNo: number | null;
  readonly streaming: boolean;
  readonly failure: CallFailure | undefined;
  /** Local clock minus the clock of the control plane, within half a round trip. */
  readonly clockOffsetMs: number | null;
}

const sessionDeadlineMs = 10_000;
const lastBeatMs = 2_000;

/** Everything this node says to the control plane and hears from it. Serving never waits for any of it. */
export class Uplink {
  readonly #parts: UplinkParts;
  readonly #stopped = new AbortController();
  readonly #outbox: Outbox;
  #session: Session | undefined;
  #failure: CallFailure | undefined;
  #clockOffsetMs: number | null = null;
  #running: Promise<void> | undefined;

  constructor(parts: UplinkParts) {
    this.#parts = parts;
    this.#outbox = new Outbox(parts.drainSignals);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  state(): UplinkState {
    const session = this.#session;
    return {
      sessionNo: session?.no ?? null,
      streaming: session?.streaming ?? false,
      failure: session ? session.failure : this.#failure,
      clockOffsetMs: this.#clockOffsetMs,
    };
  }

  /** One heartbeat out of turn, for news that should not wait a minute. Resolves within 2 s, heard or not. */
  async announce(): Promise<void> {
    const session = this.#session;
    if (!session || session.over.aborted || session.failure) return;
    await Promise.race([beat(session, this.#parts.vitals()), new Promise((done) => setTimeout(done, lastBeatMs).unref())]);
  }

  /** Ends every loop and every call. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#session?.end('stopped');
    await this.#running;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(this.#parts.random);
    const pause = new Pause();
    while (!this.#stopped.signal.aborted) {
      const session = await this.#open();
      if (session === undefined && this.#failure && isRetired(this.#failure)) {
        this.#leave('retired');
        return;
      }
      if (session === undefined) {
        await pause.sleep(backoff.nextMs(this.#failure?.retryAfterMs ?? null), this.#stopped.signal);
        continue;
      }
      backoff.reset();
      await this.#live(session);
      this.#session = undefined;
      if (session.ended === 'fenced' || session.ended === 'retired') {
        this.#leave(session.ended);
        return;
      }
      await pause.sleep(backoff.nextMs(), this.#stopped.signal);
    }
  }

  #leave(why: 'fenced' | 'retired'): void {
    const reason = why === 'fenced' ? 'another process opened a session as this node' : 'this node was retired';
    this.#parts.log.fatal(`${reason}; it stops`);
    this.#parts.onEnd(why);
  }

  async #open(): Promise<Session | undefined> {
    const { about, ledger, controlPlane, token, metrics, clocks, log } = this.#parts;
    const { incarnation, seq, chain } = ledger.head();
    const body: SessionRequest = {
      protocol: { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION },
      build: about.build,
      boot_id: about.bootId,
      incarnation,
      last_seq: seq,
      chain,
      listen: about.listen,
    };
    const sentMs = clocks.nowMs();
    const { signal } = this.#stopped;
    const deadlineMs = sessionDeadlineMs;
    const result = await controlPlane.post({ name: 'session', token, body, answer: sessionAnswer, deadlineMs, signal });
    metrics.uplinkCall('session', result.ok ? 'ok' : 'failed');
    if (this.#stopped.signal.aborted) return undefined;
    if (!result.ok) {
      if (this.#failure?.code !== result.failure.code) {
        log.warn({ code: result.failure.code, status: result.failure.status }, `no session: ${result.failure.message}`);
      }
      this.#failure = result.failure;
      return undefined;
    }
    this.#failure = undefined;
    this.#clockOffsetMs = Math.round((sentMs + clocks.nowMs()) / 2 - Date.parse(result.data.center_time));
    log.info({ session: result.data.session_no, head: result.data.head }, 'session open');
    return new Session(result.data, this.#parts);
  }

  async #live(session: Session): Promise<void> {
    this.#session = session;
    const config = new ConfigFollower(session, this.#parts.keep);
    const answerer = new StatsAnswerer(session, this.#parts.ledger);
    const prober = new ProbeAnswerer(session, this.#parts.runProbe);
    const loops = [
      config.run(),
      sendHeartbeats(session, { vitals: this.#parts.vitals, onUpdate: (version) => config.poke(version) }),
      sendSignals(session, this.#outbox),
      followEvents(session, (event) => {
        if (event.type === 'poke') config.poke(event.head);
        if (event.type === 'query') answerer.take(event.question);
        if (event.type === 'probe') prober.take(event.probe);
        // Whether it is fenced or retired, the answer to one more call says with certainty.
        if (event.type === 'fenced') void beat(session, this.#parts.vitals());
      }),
    ];
    const bug = (error: unknown) => this.#parts.log.error({ err: error }, 'the uplink stumbled; beginning anew');
    await Promise.all(loops.map((loop) => loop.catch(bug).finally(() => session.end('begin_anew'))));
  }
}
