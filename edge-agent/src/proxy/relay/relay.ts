import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '@aicarpool/shared-protocol';
import type { Dispatcher } from 'undici';
import { type MeterReading, unreadable } from '../../dialects/index.ts';
import type { Verdict } from '../../health/health.ts';
import type { Intent } from '../../ledger/ledger.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, AttemptEnd, Failure } from '../exchange.ts';
import type { Running } from '../intake/load.ts';
import type { UpstreamRequest } from '../upstream-request.ts';
import { answerHead } from './answer-head.ts';
import { BookEntry } from './book-entry.ts';
import { Drain } from './drain.ts';
import { type Cause, Cut, type CutReason, causeOf, failureBeforeAnswer, outOfBudget, verdictOfStreamError } from './failure.ts';
import { findKeepAlive, quietLooks } from './keep-alive.ts';
import { KeptBytes } from './kept-bytes.ts';
import { Outlet, type Valve } from './outlet.ts';
import { type Gatekeeper, Passage } from './passage.ts';

const errorBytesAtMost = 1024 * 1024;
const errorMs = 5_000;
const well: Verdict = { kind: 'well' };
const neutral: Verdict = { kind: 'neutral' };

/**
 * One attempt from dispatch to the last byte. Two invariants: nothing leaves before it is known to be an answer, so the
 * beginning is kept until content came (`gate`); and the end of an answer leaves only after its row is in the books, so
 * from the chunk with the terminal event on (or the last chunk) bytes are held until the ledger has said so.
 */
export class Relay implements Dispatcher.DispatchHandler, Running, Valve, Gatekeeper {
  /** A clock that steps must cut nobody. */
  readonly startedMonotonicMs = performance.now();
  place = -1;
  readonly #agent: Agent;
  readonly #attempt: Attempt;
  readonly #request: UpstreamRequest;
  readonly #entry: BookEntry;
  readonly #outlet: Outlet;
  readonly #drain: Drain;
  readonly #done: (end: AttemptEnd) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #cutEarly: CutReason | undefined;
  #headers: IncomingHttpHeaders = {};
  #expectedBytes = -1;
  /** An error, read to its end. */
  #error: KeptBytes | undefined;
  /** What may be an answer, from its head on. */
  #passage: Passage | undefined;
  #pauses = 0;
  #looks = 0;
  #upstreamDone = false;
  #finished = false;
  /** The upstream ended its stream in good form, but before its answer. */
  #isShort = false;
  /** No quota has rights for more of this stream: it ends at the next place where it can. */
  #dry: Refusal | undefined;
  #isCut = false;
  /** What a finished answer says of its account. */
  #verdict: Verdict = well;
  #timer: NodeJS.Timeout | undefined;

  constructor(agent: Agent, attempt: Attempt, request: UpstreamRequest, intent: Intent, done: (end: AttemptEnd) => void) {
    this.#agent = agent;
    this.#attempt = attempt;
    this.#request = request;
    this.#entry = new BookEntry(agent, attempt, intent);
    this.#done = done;
    this.#outlet = new Outlet(attempt.call.response, agent.limits.stalledCallerMs);
    this.#drain = new Drain(agent, () => this.#abort('client_gone'));
    agent.load.running.add(this);
    attempt.call.link.whenGone(() => this.#callerGone());
  }

  start(): void {
    if (this.#attempt.call.link.gone) void this.#bookGone('cut');
    else if (this.#agent.load.isCutting) this.#giveUp(failureBeforeAnswer(new Cut('draining'), false));
    else this.#request.dispatcher.dispatch(this.#request.options, this);
  }

  cut(reason: 'draining' | 'deadline'): void {
    if (this.#entry.books !== 'writing') this.#abort(reason);
  }

  /** Called every second: a caller who heard nothing for long is told that his stream lives. */
  look(): void {
    this.#looks += 1;
    const passage = this.#passage;
    if (this.#looks <= quietLooks || !passage || passage.isKept || passage.isHolding || !this.#mayAppend) return;
    if (this.#entry.books !== 'open' || !this.#outlet.started) return;
    const words = findKeepAlive(this.#attempt.call.dialect.dialect, this.#entry.receivedBytes > 0);
    if (words === undefined) return;
    this.#looks = 0;
    this.#outlet.keepAlive(words);
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
    this.#headers = headers;
    this.#entry.answerBegan(status, headers);
    const contentType = headers['content-type'] ?? '';
    if (status < 400 && (status >= 300 || contentType.startsWith('text/html'))) {
      this.#abort('rubbish');
      return;
    }
    const tap = this.#entry.meter(this.#request, status, headers);
    if (status >= 300) {
      this.#error = new KeptBytes(errorBytesAtMost);
      this.#timer = setTimeout(() => this.#abort('enough'), errorMs);
      return;
    }
    if (tap.isBlind && tap.changes) {
      this.#abort('rubbish');
      return;
    }
    this.#expectedBytes = headers['content-length'] === undefined ? -1 : Number(headers['content-length']);
    const isStream = this.#attempt.facts.stream || contentType.startsWith('text/event-stream');
    this.#outlet.head(status, answerHead(this.#agent, this.#attempt, this.#request, headers), this);
    this.#passage = new Passage(this.#outlet, this, this.#agent.limits.lateBytesMs, isStream, this.#expectedBytes >= 0);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const tap = this.#entry.tap;
    if (!tap || this.#finished || this.#isCut) return;
    this.#entry.receivedBytes += chunk.length;
    this.#looks = 0;
    if (!tap.decoder || (this.#entry.books !== 'open' && !tap.changes)) {
      this.#take(chunk, tap.push(chunk), tap.changes ? tap.takeChanged() : chunk);
      this.#entry.look();
      return;
    }
    this.pause();
    tap.decoder.push(chunk, (terminal) => {
      this.#take(chunk, terminal && this.#entry.books === 'open', tap.changes ? tap.takeChanged() : chunk);
      this.#entry.look();
      this.resume();
    });
  }

  onResponseEnd(): void {
    this.#upstreamDone = true;
    if (this.#finished) return;
    if (this.#error) this.#giveUp(this.#replied(this.#entry.read('end')));
    else if (this.#entry.books === 'open') void this.#answer();
    else if (this.#entry.books === 'written') this.#finishAnswer();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#upstreamDone = true;
    if (this.#finished || this.#entry.books === 'writing') return;
    if (this.#entry.books === 'written') this.#finishAnswer();
    else if (this.#attempt.call.link.gone) void this.#bookGone('cut');
    else if (this.#passage?.isHolding) void this.#answer();
    else if (this.#error) this.#giveUp(this.#replied(this.#entry.read('cut')));
    else if (this.#entry.httpStatus === null) this.#giveUp(failureBeforeAnswer(error, this.#entry.sent));
    else if (!this.#outlet.started) this.#giveUp(this.#entry.failure(causeOf(error), this.#entry.read('cut')));
    else void this.#break(causeOf(error));
  }

  /** `out` is what the caller gets for `chunk`. */
  #take(chunk: Buffer, terminal: boolean, out: Buffer): void {
    if (this.#finished) return;
    if (this.#error) {
      if (this.#error.push(chunk)) this.#abort('enough');
    } else if (this.#attempt.call.link.gone) {
      if (this.#drain.spent(chunk.length)) this.#abort('client_gone');
    } else if (this.#entry.books === 'written') {
      this.#outlet.write(out);
    } else {
      const isWhole = this.#entry.receivedBytes === this.#expectedBytes;
      if (this.#attempt.quota.isPiecewise && !terminal && !isWhole) this.#takePiece(chunk, out);
      else this.#pass(chunk, out, terminal, isWhole);
    }
  }

  #pass(chunk: Buffer, out: Buffer, terminal: boolean, isWhole: boolean): void {
    if (this.#passage?.flows && !terminal && !isWhole) this.#outlet.write(out);
    else this.#passage?.take({ chunk, out, terminal, isWhole, sign: this.#sign });
  }

  /** More of the budget is held before more of the stream leaves. */
  #takePiece(chunk: Buffer, out: Buffer): void {
    const asked = this.#dry ?? this.#attempt.quota.pass(this.#entry.tap?.outputTokens() ?? 0);
    if (!(asked instanceof Promise)) {
      this.#passPiece(chunk, out, asked);
      return;
    }
    this.pause();
    void asked.then((dry) => {
      if (!this.#finished && this.#entry.books === 'open' && !this.#attempt.call.link.gone) this.#passPiece(chunk, out, dry);
      this.resume();
    });
  }

  /** What has come may pass; where nothing is left for more, the stream ends between two events. */
  #passPiece(chunk: Buffer, out: Buffer, dry: Refusal | undefined): void {
    this.#pass(chunk, out, false, false);
    if (!dry) return;
    this.#dry = dry;
    if (!this.#outlet.started || this.#passage?.isHolding || !this.#mayAppend) return;
    this.#isCut = true;
    void this.#break(outOfBudget(dry));
    this.#abort('enough');
  }

  readonly #sign = () => this.#entry.tap?.sign() ?? 'nothing';

  began(): void {
    this.#attempt.visit.began(this.#entry.firstByteMs ?? 0, this.#agent.nowMs());
  }

  complete(): void {
    void this.#answer();
  }

  /** The upstream has said all that counts: write the books, then let go of the end. */
  async #answer(): Promise<void> {
    if (this.#entry.books !== 'open' || this.#finished) return;
    if (this.#attempt.call.link.gone) return this.#bookGone('end');
    const passage = this.#passage;
    const isKept = passage?.isKept === true;
    const isStream = passage?.isStream === true;
    const mayAppend = this.#mayAppend;
    if (isKept && isStream && this.#sign() === 'error') return this.#fail(this.#replied(this.#entry.read('end')));
    const reading = this.#entry.read('end');
    const isRubbish = this.#entry.receivedBytes === 0 || reading?.error === unreadable;
    if (isKept && reading?.error && !isRubbish) return this.#fail(this.#replied(reading));
    if (!this.#outlet.started && (isRubbish || (isKept && reading?.complete === false))) {
      const why = isRubbish || !isStream ? new Cut('rubbish') : new Error('the stream ended before its answer');
      return this.#fail(this.#entry.failure(causeOf(why), reading));
    }
    passage?.letThrough();
    const status = reading?.error ? 'upstream_error' : reading?.complete ? 'ok' : 'stream_broken';
    const errorType = reading?.error?.type ?? null;
    if (reading?.error) this.#verdict = verdictOfStreamError(reading.error.type, this.#agent.nowMs());
    else if (status === 'stream_broken') this.#verdict = { kind: 'failed', reason: 'no_end' };
    this.#stopTimers();
    if (!(await this.#entry.write(status, status === 'stream_broken' ? 'no_end' : errorType, reading))) return this.#failBooks();
    this.#isShort = status === 'stream_broken';
    const words = isRubbish && mayAppend ? this.#lastWords(causeOf(new Cut('rubbish'))) : '';
    if (this.#upstreamDone) return this.#finishAnswer(words);
    // Whoever wanted to end it meanwhile was not heard, and does not ask again.
    if (this.#attempt.call.link.gone) return this.#abort('client_gone');
    if (this.#agent.load.isCutting) return this.#abort('draining');
    this.#outlet.release(false);
    if (passage?.isHeldBack) this.resume();
  }

  /** The upstream may still be talking: what it says is not waited for. */
  #fail(failure: Failure): void {
    this.#giveUp(failure);
    if (!this.#upstreamDone) this.#abort('enough');
  }

  #finishAnswer(words = ''): void {
    const last = this.#entry.tap?.changes ? this.#entry.tap.lastChanged(this.#isShort ? 'cut' : 'end') : undefined;
    if (last && last.length > 0) this.#outlet.hold(last);
    const isSaid = words === '' || this.#request.answer !== null;
    this.#outlet.release(isSaid);
    if (!isSaid) this.#outlet.end(words);
    this.#finish({ answered: true, verdict: this.#verdict });
  }

  /** Ask before the tap is closed. */
  get #mayAppend(): boolean {
    const { tap } = this.#entry;
    return this.#passage?.isStream === true && (this.#expectedBytes < 0 || tap?.changes === true) && tap?.atBoundary() === true;
  }

  #lastWords({ refusal }: Cause): string {
    const { call } = this.#attempt;
    return call.dialect.writeStreamError(refusal, call.requestId, call.endpoint);
  }

  async #break(cause: Cause): Promise<void> {
    const mayAppend = this.#mayAppend;
    const reading = this.#entry.read('cut');
    this.#stopTimers();
    if (!(await this.#entry.write(cause.status, cause.errorType, reading))) return this.#failBooks();
    const said = mayAppend ? this.#lastWords(cause) : '';
    const words = this.#isCut ? said : this.#translatedEnd() || said;
    if (words === '') this.#outlet.destroy();
    else this.#outlet.end(words);
    this.#finish({ answered: true, verdict: cause.verdict });
  }

  /** A translator knows best how a stream ends that breaks off; of a body that is no stream nothing more can be said. */
  #translatedEnd(): string {
    if (!this.#request.answer || !this.#passage?.isStream) return '';
    return this.#entry.tap?.lastChanged('cut').toString() ?? '';
  }

  async #bookGone(how: 'end' | 'cut'): Promise<void> {
    if (this.#entry.books !== 'open') return;
    this.#stopTimers();
    if (!(await this.#entry.write('client_gone', null, this.#entry.read(how)))) return this.#failBooks();
    this.#finish({ answered: true, verdict: neutral });
    if (!this.#upstreamDone) this.#abort('enough');
  }

  /** The caller sees the connection break, never a proper end. */
  #failBooks(): void {
    this.#outlet.destroy();
    this.#abort('enough');
    this.#finish({ answered: true, verdict: neutral });
  }

  #stopTimers(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#passage?.stop();
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

  /** What the upstream said in place of an answer. */
  #replied(reading: MeterReading | null): Failure {
    const body = this.#error?.bytes() ?? this.#passage?.keptBytes() ?? Buffer.alloc(0);
    const status = this.#entry.httpStatus ?? 502;
    return this.#entry.replied({ status, headers: this.#headers, body, request: this.#request }, reading);
  }

  #giveUp(failure: Failure): void {
    this.#finish({ answered: false, failure });
  }

  #finish(end: AttemptEnd): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#stopTimers();
    this.#drain.stop();
    this.#entry.tap?.close();
    this.#agent.load.running.delete(this);
    this.#attempt.call.link.whenGone(undefined);
    this.#done(end);
  }
}
