import type { SessionAnswer } from '@aicarpool/shared-protocol';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Clocks } from '../snapshot/contact.ts';
import type { CallFailure, ControlPlane } from './call-control-plane.ts';
import type { Credential } from './signing/credential.ts';
import type { OpenedSession } from './signing/open-session.ts';

/** Why a session is over. `fenced`: somebody else is this node now; `retired`: nobody is, for an administrator said so. */
export type SessionEnd = 'fenced' | 'retired' | 'begin_anew' | 'stopped';

/** One session with the control plane: what its loops share, until one of them ends it. */
export class Session {
  readonly answer: SessionAnswer;
  readonly controlPlane: ControlPlane;
  /** Authenticates every call of this session. */
  readonly token: Credential;
  readonly clocks: Clocks;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Set while the event stream is open. */
  streaming = false;
  /** The last failure of any call, until one succeeds. */
  failure: CallFailure | undefined;
  readonly #over = new AbortController();
  #end: SessionEnd = 'stopped';

  constructor({ answer, credential }: OpenedSession, parts: SessionParts) {
    this.answer = answer;
    this.token = credential;
    this.controlPlane = parts.controlPlane;
    this.clocks = parts.clocks;
    this.random = parts.random;
    this.log = parts.log;
    this.metrics = parts.metrics;
  }

  get no(): number {
    return this.answer.session_no;
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  get ended(): SessionEnd {
    return this.#end;
  }

  end(why: SessionEnd): void {
    if (this.over.aborted) return;
    this.#end = why;
    this.#over.abort();
  }

  /** Counts a call; a failure that concerns the session itself ends it. */
  note(
    call: 'sync' | 'heartbeat' | 'answer' | 'events' | 'probe' | 'signals' | 'settle',
    failure: CallFailure | undefined,
  ): void {
    if (this.over.aborted) return;
    this.metrics.uplinkCall(call, failure ? 'failed' : 'ok');
    if (failure && this.failure?.code !== failure.code) {
      this.log.warn({ call, code: failure.code, status: failure.status }, `control plane: ${failure.message}`);
    }
    this.failure = failure;
    if (failure && isRetired(failure)) this.end('retired');
    if (!failure?.proved) return;
    if (failure.status !== 409 && failure.status !== 404) return;
    if (failure.code === 'session_fenced') this.end(isRestored(failure, this.no) ? 'begin_anew' : 'fenced');
    if (failure.code === 'session_unknown') this.end('begin_anew');
  }
}

export type SessionParts = Pick<Session, 'controlPlane' | 'clocks' | 'random' | 'log' | 'metrics'>;

/** Said by name and proved: an unknown node alone may be the wrong address, or a control plane restored from a backup. */
export function isRetired(failure: CallFailure): boolean {
  return failure.proved === true && failure.status === 401 && failure.code === 'node_retired';
}

/** A control plane that was restored from a backup counts sessions from an older number: nobody else is this node. */
function isRestored(failure: CallFailure, sessionNo: number): boolean {
  const { details } = failure;
  const newest: unknown = typeof details === 'object' && details !== null ? Reflect.get(details, 'newest_session_no') : undefined;
  return typeof newest === 'number' && newest < sessionNo;
}
