import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type MeterReading, unreadable } from '../../dialects/index.ts';
import type { AttemptStatus, Intent } from '../../ledger/ledger.ts';
import { callerHeaders } from '../../upstreams/response-headers.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, AttemptEnd, Failure } from '../exchange.ts';
import type { Running } from '../intake/load.ts';
import type { UpstreamRequest } from '../upstream-request.ts';
import { BookEntry } from './book-entry.ts';
import { Drain } from './drain.ts';
import { type Cause, Cut, type CutReason, causeOf, failureBeforeAnswer } from './failure.ts';
import { Outlet, type Valve } from './outlet.ts';

const heldAtMost = 256 * 1024;
const swallowedAtMost = 256 * 1024;
const swallowMs = 2_000;

/**
 * One attempt from dispatch to the last byte. Invariant: the end of an answer leaves only after its row is in the
 * books, so from the chunk with the terminal event on (or the last chunk) bytes are held until the ledger has said so.
 */
export class Relay implements Dispatcher.DispatchHandler, Running, Valve {
  readonly startedAtMs: number;
  readonly #agent: Agent;
  readonly #attempt: Attempt;
  readonly #entry: BookEntry;
  readonly #outlet: Outlet;
  readonly #drain: Drain;
  readonly #done: (end: AttemptEnd) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #cutEarly: CutReason | undefined;
  #expectedBytes = -1;
  #isStream = false;
  #swallows = false;
  #holding = false;
  #heldBack = false;
  #pauses = 0;
  #upstreamDone = false;
  #finished = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(agent: Agent, attempt: Attempt, intent: Intent, done: (end: AttemptEnd) => void) {
    this.#agent = agent;
    this.#attempt = attempt;
    this.#entry = new BookEntry(agent, attempt, intent);
    this.#done = done;
    this.startedAtMs = attempt.call.startedAtMs;
    this.#outlet = new Outlet(attempt.call.response, agent.limits.stalledCallerMs);
    this.#drain = new Drain(agent, () => this.#abort('client_gone'));
    agent.load.running.add(this);
    attempt.call.link.whenGone(() => this.#callerGone());
  }

  start(request: UpstreamRequest): void {
    if (this.#attempt.call.link.gone) void this.#bookGone('cut');
    else request.dispatcher.dispatch(request.options, this);
  }

  cut(reason: 'draining' | 'deadline'): void {
    if (this.#entry.books === 'open') this.#abort(reason);
  }

  pause(): void {
    this.#pauses += 1;
    this.#controller?.pause();
  }

  resume(): void {
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#cutEarly) this.#abort(this.#cutEarly);
    else this.#entry.sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    const { call } = this.#attempt;
    this.#entry.answerBegan(status, headers);
    const contentType = headers['content-type'] ?? '';
    if (status < 400 && (status >= 300 || contentType.startsWith('text/html'))) {
      this.#abort('rubbish');
      return;
    }
    this.#entry.meter(status, headers);
    this.#swallows = this.#attempt.goesOn(status) && !call.link.gone;
    if (this.#swallows) {
      this.#timer = setTimeout(() => this.#abort('enough'), swallowMs);
      return;
    }
    this.#isStream = status < 300 && (this.#attempt.facts.stream || contentType.startsWith('text/event-stream'));
    this.#outlet.head(status, this.#headersFor(headers), this);
    // A caller that waits for a stream wants to know soon that it has begun, whatever the model is still thinking.
    if (this.#isStream) setImmediate(() => this.#finished || this.#outlet.flushHead());
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const tap = this.#entry.tap;
    if (!tap || this.#finished) return;
    this.#entry.receivedBytes += chunk.length;
    if (!tap.decoder || this.#entry.books !== 'open') {
      this.#pass(chunk, this.#entry.books === 'open' && tap.push(chunk));
      return;
    }
    this.pause();
    tap.decoder.push(chunk, (terminal) => {
      this.#pass(chunk, terminal);
      this.resume();
    });
  }

  onResponseEnd(): void {
    this.#upstreamDone = true;
    if (this.#finished) return;
    if (this.#swallows) this.#giveUp(this.#entry.passedOver('end'));
    else if (this.#entry.books === 'open') void this.#answer();
    else if (this.#entry.books === 'written') this.#finishAnswer();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#upstreamDone = true;
    if (this.#finished || this.#entry.books === 'writing') return;
    if (this.#entry.books === 'written') this.#finishAnswer();
    else if (this.#attempt.call.link.gone) void this.#bookGone('cut');
    else if (this.#holding) void this.#answer();
    else if (this.#swallows) this.#giveUp(this.#entry.passedOver('cut'));
    else if (this.#entry.httpStatus === null) this.#giveUp(failureBeforeAnswer(error, this.#entry.sent));
    else if (!this.#outlet.started) this.#giveUp(this.#entry.failure(causeOf(error), this.#entry.read('cut')));
    else void this.#break(causeOf(error));
  }

  #headersFor(headers: IncomingHttpHeaders): string[] {
    const out = callerHeaders(headers);
    const length = headers['content-length'];
    if (length !== undefined) {
      this.#expectedBytes = Number(length);
      out.push('content-length', length);
    }
    out.push('x-carpool-request-id', this.#attempt.call.requestId);
    if (this.#agent.load.draining) out.push('connection', 'close');
    return out;
  }

  #pass(chunk: Buffer, terminal: boolean): void {
    if (this.#finished) return;
    if (this.#swallows) {
      if (this.#entry.receivedBytes > swallowedAtMost) this.#abort('enough');
    } else if (this.#attempt.call.link.gone) {
      if (this.#drain.spent(chunk.length)) this.#abort('client_gone');
    } else if (this.#entry.books === 'written') {
      this.#outlet.write(chunk);
    } else if (this.#holding || terminal || this.#entry.receivedBytes === this.#expectedBytes) {
      this.#hold(chunk);
    } else if (!this.#isStream && this.#expectedBytes < 0) {
      if (this.#outlet.heldBytes > 0) this.#outlet.release(false);
      this.#outlet.hold(chunk);
    } else {
      this.#outlet.write(chunk);
    }
  }

  #hold(chunk: Buffer): void {
    this.#outlet.hold(chunk);
    if (!this.#holding) {
      this.#holding = true;
      if (this.#entry.receivedBytes === this.#expectedBytes) void this.#answer();
      else this.#timer = setTimeout(() => void this.#answer(), this.#agent.limits.lateBytesMs);
    }
    if (this.#outlet.heldBytes <= heldAtMost || this.#heldBack) return;
    this.#heldBack = true;
    this.pause();
    void this.#answer();
  }

  /** The upstream has said all that counts: write the books, then let go of the end. */
  async #answer(): Promise<void> {
    if (this.#entry.books !== 'open') return;
    const gone = this.#attempt.call.link.gone;
    if (gone) return this.#bookGone('end');
    const mayAppend = this.#mayAppend;
    const reading = this.#entry.read('end');
    const isGood = this.#entry.httpStatus !== null && this.#entry.httpStatus < 300;
    const isRubbish = isGood && (this.#entry.receivedBytes === 0 || reading?.error === unreadable);
    const isUnfinished = isGood && !this.#isStream && reading && !reading.complete;
    if ((isRubbish || isUnfinished) && !this.#outlet.started) {
      return this.#giveUp(this.#entry.failure(causeOf(new Cut('rubbish')), reading));
    }
    const status = !isGood || reading?.error ? 'upstream_error' : reading?.complete ? 'ok' : 'stream_broken';
    const errorType = reading?.error?.type ?? (isGood ? null : `http_${this.#entry.httpStatus}`);
    if (!(await this.#write(status, status === 'stream_broken' ? 'no_end' : errorType, reading))) return;
    if (this.#upstreamDone) return this.#finishAnswer(isRubbish && mayAppend ? this.#lastWords(causeOf(new Cut('rubbish'))) : '');
    this.#outlet.release(false);
    if (this.#heldBack) this.resume();
  }

  #finishAnswer(words = ''): void {
    this.#outlet.release(words === '');
    if (words !== '') this.#outlet.end(words);
    this.#finish({ answered: true });
  }

  /** Ask before the tap is closed. */
  get #mayAppend(): boolean {
    return this.#isStream && this.#expectedBytes < 0 && this.#entry.tap?.atBoundary() === true;
  }

  #lastWords({ refusal }: Cause): string {
    const { call } = this.#attempt;
    return call.dialect.writeStreamError(refusal, call.requestId, call.endpoint);
  }

  async #break(cause: Cause): Promise<void> {
    const mayAppend = this.#mayAppend;
    const reading = this.#entry.read('cut');
    if (!(await this.#write(cause.status, cause.errorType, reading))) return;
    const words = mayAppend ? this.#lastWords(cause) : '';
    if (words === '') this.#outlet.destroy();
    else this.#outlet.end(words);
    this.#finish({ answered: true });
  }

  async #bookGone(how: 'end' | 'cut'): Promise<void> {
    if (this.#entry.books !== 'open') return;
    await this.#write('client_gone', null, this.#entry.read(how));
    this.#finish({ answered: true });
  }

  /** False when the books could not be written: the caller then sees the connection break, never a proper end. */
  async #write(status: AttemptStatus, errorType: string | null, reading: MeterReading | null): Promise<boolean> {
    clearTimeout(this.#timer);
    if (await this.#entry.write(status, errorType, reading)) return true;
    this.#outlet.destroy();
    this.#abort('enough');
    this.#finish({ answered: true });
    return false;
  }

  #callerGone(): void {
    if (this.#finished || this.#entry.books === 'writing') return;
    const drains = this.#attempt.candidate.service.onClientGone === 'drain' && this.#entry.books === 'open' && this.#entry.sent;
    if (drains && this.#drain.start()) this.#outlet.letGo();
    else this.#abort('client_gone');
  }

  #abort(reason: CutReason): void {
    if (this.#controller) this.#controller.abort(new Cut(reason));
    else this.#cutEarly = reason;
  }

  #giveUp(failure: Failure): void {
    this.#finish({ answered: false, failure });
  }

  #finish(end: AttemptEnd): void {
    if (this.#finished) return;
    this.#finished = true;
    clearTimeout(this.#timer);
    this.#drain.stop();
    this.#agent.load.running.delete(this);
    this.#attempt.call.link.whenGone(undefined);
    this.#done(end);
  }
}
