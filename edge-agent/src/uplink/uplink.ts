import {
  type HeartbeatRequest,
  PROTOCOL_VERSION,
  type SessionRequest,
  type SettleAnswer,
  settleAnswer,
} from '@aicarpool/shared-protocol';
import type { Ledger } from '../ledger/ledger.ts';
import type { Keep } from '../snapshot/keep.ts';
import { ProbeAnswerer, type RunProbe } from './answer-probes.ts';
import { StatsAnswerer } from './answer-stats.ts';
import { Backoff } from './backoff.ts';
import type { CallFailure, CallResult } from './call-control-plane.ts';
import { ConfigFollower } from './follow-config.ts';
import { followEvents } from './follow-events.ts';
import { Pause } from './pause.ts';
import { beat, sendHeartbeats } from './send-heartbeat.ts';
import { type DrainSignals, Outbox, sendSignals } from './send-signals.ts';
import { isRetired, Session, type SessionParts } from './session.ts';
import type { SettleQuestion } from './settle/settle-question.ts';
import type { NodeIdentity } from './signing/node-identity.ts';
import { openSession } from './signing/open-session.ts';
import { succeedWhenOld } from './signing/succeed-when-old.ts';

export interface UplinkParts extends SessionParts {
  readonly identity: NodeIdentity;
  readonly keep: Keep;
  readonly ledger: Pick<Ledger, 'ask' | 'head'>;
  readonly vitals: () => Omit<HeartbeatRequest, 'session_no'>;
  /** Tries something out; rejects only where the node has a bug. */
  readonly runProbe: RunProbe;
  readonly drainSignals: DrainSignals;
  /** Other nodes wait for rights of these windows. */
  readonly onRecall?: (wins: readonly number[]) => void;
  /** A session is open: whoever waited for the control plane may ask. */
  readonly onSession?: () => void;
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

const noSession: CallFailure = {
  kind: 'unreachable',
  status: null,
  code: 'no_session',
  message: 'no session with the control plane is open',
  retryAfterMs: null,
};
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

  /** Carries one question of a book; a failure where no session is open. Never rejects. */
  async settle(question: SettleQuestion, deadlineMs: number): Promise<CallResult<SettleAnswer>> {
    const session = this.#session;
    if (!session || session.over.aborted) return { ok: false, failure: this.#failure ?? noSession };
    const { controlPlane, token, no, over: signal } = session;
    const body = { ...question, session_no: no };
    const result = await controlPlane.post({ name: 'settle', token, body, answer: settleAnswer, deadlineMs, signal });
    session.note('settle', result.ok ? undefined : result.failure);
    return result;
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
    const { about, ledger, controlPlane, identity, metrics, clocks, log } = this.#parts;
    const { incarnation, seq, chain } = ledger.head();
    const request: SessionRequest = {
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
    const { monotonicMs } = clocks;
    const result = await openSession(controlPlane, identity, request, { monotonicMs, signal });
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
    this.#clockOffsetMs = Math.round((sentMs + clocks.nowMs()) / 2 - Date.parse(result.data.answer.center_time));
    const { session_no, head } = result.data.answer;
    log.info({ session: session_no, head }, 'session open');
    return new Session(result.data, this.#parts);
  }

  async #live(session: Session): Promise<void> {
    this.#session = session;
    this.#parts.onSession?.();
    const config = new ConfigFollower(session, this.#parts.keep);
    const answerer = new StatsAnswerer(session, this.#parts.ledger);
    const prober = new ProbeAnswerer(session, this.#parts.runProbe);
    const loops = [
      config.run(),
      sendHeartbeats(session, { vitals: this.#parts.vitals, onUpdate: (version) => config.poke(version) }),
      sendSignals(session, this.#outbox),
      succeedWhenOld(session, this.#parts.identity),
      followEvents(session, (event) => {
        if (event.type === 'poke') config.poke(event.head);
        if (event.type === 'recall') this.#parts.onRecall?.(event.wins);
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
