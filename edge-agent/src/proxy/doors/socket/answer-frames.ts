import { SseReader } from '../../../dialects/sse/sse-reader.ts';
import type { AnswerSink } from './answer-pipe.ts';
import { errorFrame } from './frames.ts';

const errorBytesAtMost = 256 * 1024;

/** Turns the answer to a POST into frames, one an event, and keeps what the next request may refer to. */
export class AnswerFrames implements AnswerSink {
  readonly #send: (frame: string, sent?: () => void) => void;
  readonly #reader: SseReader;
  #status = 0;
  #retryAfter: string | undefined;
  #error: Buffer[] = [];
  #errorBytes = 0;
  #long: Buffer[] = [];
  #waiting: string[] = [];
  /** Of a response that ended well. */
  responseId: string | undefined;
  readonly output: unknown[] = [];

  constructor(send: (frame: string, sent?: () => void) => void) {
    this.#send = send;
    this.#reader = new SseReader({
      onEvent: (bytes, start, end) => this.#event(bytes.toString('utf8', start, end)),
      onLongData: (bytes, start, end, last) => {
        this.#long.push(Buffer.from(bytes.subarray(start, end)));
        if (!last) return;
        const text = Buffer.concat(this.#long).toString('utf8');
        this.#long = [];
        this.#event(text);
      },
      onStrayLine: () => undefined,
    });
  }

  onHead(status: number, headers: ReadonlyMap<string, string>): void {
    this.#status = status;
    this.#retryAfter = headers.get('retry-after');
  }

  onBody(bytes: Buffer, taken: () => void): void {
    if (this.#status < 300) {
      this.#reader.push(bytes);
      this.#flush(taken);
      return;
    }
    this.#errorBytes += bytes.length;
    if (this.#errorBytes <= errorBytesAtMost) this.#error.push(bytes);
    taken();
  }

  /** Nothing more comes. `complete` false: it broke off. */
  end(complete: boolean): void {
    if (this.#status >= 300) this.#send(errorFrame(this.#status, errorIn(Buffer.concat(this.#error)), this.#retryAfter));
    else if (!complete) this.#send(errorFrame(502, brokeOff));
  }

  #event(text: string): void {
    if (!text.startsWith('{')) return;
    this.#waiting.push(text);
    const name = this.#reader.eventName();
    if (name === '' || name === 'response.output_item.done' || name === 'response.completed') this.#note(text);
  }

  #note(text: string): void {
    if (!text.includes('response.output_item.done') && !text.includes('response.completed')) return;
    const event = fieldsIn(text);
    if (event?.['type'] === 'response.output_item.done') this.output.push(event['item']);
    if (event?.['type'] !== 'response.completed') return;
    const id = (event['response'] as { id?: unknown } | undefined)?.id;
    if (typeof id === 'string') this.responseId = id;
  }

  #flush(taken: () => void): void {
    const frames = this.#waiting;
    this.#waiting = [];
    const last = frames.pop();
    for (const frame of frames) this.#send(frame);
    if (last === undefined) taken();
    else this.#send(last, taken);
  }
}

const brokeOff = { type: 'server_error', code: 'upstream_unreachable', message: 'the answer broke off', param: null };

function fieldsIn(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function errorIn(body: Buffer): unknown {
  return fieldsIn(body.toString('utf8'))?.['error'] ?? { ...brokeOff, message: 'the AI provider answered with an error' };
}
