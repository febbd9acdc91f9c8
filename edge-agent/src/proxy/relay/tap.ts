import type { IncomingHttpHeaders } from 'node:http';
import { dialectModules, type Meter, type MeterReading } from '../../dialects/index.ts';
import type { Attempt } from '../exchange.ts';
import type { UpstreamRequest } from '../upstream-request.ts';
import { Decoder } from './decoder.ts';

const empty = Buffer.alloc(0);
/** Only streams come in a vendor's own framing. */
export const unwrappedType = 'text/event-stream';

/**
 * Shows an answer to the meter of the upstream's dialect while it passes, and makes of it what the caller gets. An
 * encoded answer is decoded on the side; where nothing is changed, the caller gets the bytes as they came.
 */
export class Tap {
  readonly #meter: Meter;
  readonly #request: UpstreamRequest;
  /** Present when the bytes must be decoded to be read; then push to it. */
  readonly decoder: Decoder | undefined;
  /** The caller gets other bytes than those that came. */
  readonly changes: boolean;
  #blind = false;
  #isRead = false;
  #out: Buffer[] = [];

  constructor(attempt: Attempt, request: UpstreamRequest, httpStatus: number, headers: IncomingHttpHeaders) {
    this.#request = request;
    const isGood = httpStatus < 300;
    this.changes = isGood && Boolean(request.unwrap ?? request.filter ?? request.answer);
    this.#meter = dialectModules[attempt.candidate.dialect].newMeter({
      endpoint: request.endpoint,
      facts: attempt.facts,
      httpStatus,
      contentType: request.unwrap ? unwrappedType : (headers['content-type'] ?? ''),
    });
    const encoding = headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity' || encoding === '') return;
    this.decoder = Decoder.open(encoding, (decoded) => this.#show(decoded));
    this.#blind = this.decoder === undefined;
  }

  /** Nobody here can decode it. */
  get isBlind(): boolean {
    return this.#blind;
  }

  /** True from the chunk on that holds the stream's terminal event. */
  push(chunk: Buffer): boolean {
    return this.#blind ? false : this.#show(chunk);
  }

  /** What the caller gets for what was pushed since the last call; ask only where something `changes`. */
  takeChanged(): Buffer {
    const out = this.#out;
    const [only] = out;
    if (out.length === 0) return empty;
    this.#out = [];
    return only && out.length === 1 ? only : Buffer.concat(out);
  }

  /** What the caller gets besides, now that the upstream has said everything (or broke off). Call once. */
  lastChanged(how: 'end' | 'cut'): Buffer {
    const { filter, answer } = this.#request;
    if (!this.changes) return empty;
    if (answer) return Buffer.from(answer.end(how));
    return filter?.end() ?? empty;
  }

  /** What came so far: a stream that answers, an error in place of one, or nothing that tells. */
  sign(): 'nothing' | 'content' | 'error' {
    return this.#blind || this.decoder?.failed === true ? 'content' : this.#meter.sign();
  }

  outputTokens(): number {
    return this.#blind ? 0 : this.#meter.outputTokens();
  }

  atBoundary(): boolean {
    return !this.#blind && (!this.decoder || this.changes) && this.#meter.atBoundary();
  }

  /** Call once. */
  end(how: 'end' | 'cut'): MeterReading {
    if (!this.changes) this.decoder?.close();
    this.#isRead = true;
    const unread = this.#blind || this.decoder?.failed === true;
    const reading = this.#meter.end(unread ? 'cut' : how);
    // What only the caller can decode is as whole as HTTP says.
    return this.#blind && how === 'end' ? { ...reading, complete: true } : reading;
  }

  close(): void {
    this.decoder?.close();
  }

  #show(decoded: Buffer): boolean {
    if (!this.changes) return this.#isRead ? false : this.#meter.push(decoded);
    const { unwrap, filter, answer } = this.#request;
    const bytes = unwrap ? unwrap(decoded) : decoded;
    const out = filter ? filter.push(bytes) : answer ? Buffer.from(answer.push(bytes)) : bytes;
    if (out.length > 0) this.#out.push(out);
    return this.#isRead ? false : this.#meter.push(bytes);
  }
}
