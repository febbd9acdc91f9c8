import type { IncomingHttpHeaders } from 'node:http';
import type { Meter, MeterReading } from '../dialects/index.ts';
import type { Call, Question } from './exchange.ts';
import { Decoder } from './relay/decoder.ts';

/**
 * Shows an answer to the dialect's meter while it passes. An encoded answer is decoded on the side: the caller gets
 * the bytes as they came.
 */
export class Tap {
  readonly #meter: Meter;
  /** Present when the bytes must be decoded to be read; then use `pushEncoded`. */
  readonly decoder: Decoder | undefined;
  #blind = false;

  constructor(call: Call, question: Question, httpStatus: number, headers: IncomingHttpHeaders) {
    this.#meter = call.dialect.newMeter({
      endpoint: call.endpoint,
      facts: question.facts,
      httpStatus,
      contentType: headers['content-type'] ?? '',
    });
    const encoding = headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity' || encoding === '') return;
    this.decoder = Decoder.open(encoding, (decoded) => this.#meter.push(decoded));
    this.#blind = this.decoder === undefined;
  }

  /** True from the chunk on that holds the stream's terminal event. */
  push(chunk: Buffer): boolean {
    return this.#blind ? false : this.#meter.push(chunk);
  }

  atBoundary(): boolean {
    return !this.#blind && !this.decoder && this.#meter.atBoundary();
  }

  end(how: 'end' | 'cut'): MeterReading {
    this.decoder?.close();
    const unread = this.#blind || this.decoder?.failed === true;
    const reading = this.#meter.end(unread ? 'cut' : how);
    // What only the caller can decode is as whole as HTTP says.
    return this.#blind && how === 'end' ? { ...reading, complete: true } : reading;
  }
}
