import { noTokens, type TokenUsage } from '@aicarpool/shared-protocol';
import type { Meter, MeterInput, MeterReading } from '../dialect.ts';
import { countContent } from '../json/count-content.ts';
import { JsonPruner } from '../json/json-pruner.ts';
import { SseReader } from '../sse/sse-reader.ts';
import type { AnswerReader, Summary } from './answer-reader.ts';
import { BodyReader } from './body-reader.ts';

/** Estimate for content whose tokens nobody counted: English and code run at 3.5 to 4 bytes a token. */
const BYTES_PER_TOKEN = 3.5;

/**
 * Feeds the bytes of one answer to its dialect's reader. Whether they are a stream or JSON is seen from their first
 * byte, not from the headers: some providers answer JSON where a stream was asked for, and the other way round.
 */
export class AnswerMeter implements Meter {
  readonly #input: MeterInput;
  readonly #reader: AnswerReader;
  #documents = 0;
  #countedBytes = 0;
  /** One of the two from the first byte on. */
  #sse: SseReader | undefined;
  #body: BodyReader | undefined;
  /** For events that are too long to be kept or that break off, and for lines that are no event; most streams have neither. */
  #event: JsonPruner | undefined;
  #stray: JsonPruner | undefined;

  constructor(input: MeterInput, reader: AnswerReader) {
    this.#input = input;
    this.#reader = reader;
  }

  push(chunk: Buffer): boolean {
    let start = 0;
    if (!this.#sse && !this.#body) {
      start = skipBlank(chunk);
      if (start === chunk.length) return false;
      this.#begin(chunk[start]);
    }
    if (this.#body) {
      this.#body.push(chunk, start, chunk.length);
      return this.#input.facts.stream && this.#reader.isTerminal;
    }
    this.#sse?.push(start === 0 ? chunk : chunk.subarray(start));
    return this.#reader.isTerminal;
  }

  sign(): 'nothing' | 'content' | 'error' {
    const contentBytes = this.#contentBytes();
    if (contentBytes > 0) return 'content';
    if (this.#reader.summary('cut', contentBytes).error !== null) return 'error';
    return this.#reader.isTerminal ? 'content' : 'nothing';
  }

  outputTokens(): number {
    return Math.ceil(this.#contentBytes() / BYTES_PER_TOKEN);
  }

  atBoundary(): boolean {
    if (this.#body) return this.#body.isAfterItem;
    return this.#sse?.atBoundary ?? this.#input.contentType.startsWith('text/event-stream');
  }

  end(how: 'end' | 'cut'): MeterReading {
    this.#sse?.end();
    this.#read(this.#body?.end(), '');
    return this.#reading(this.#reader.summary(how, this.#contentBytes()), how);
  }

  #begin(first: number | undefined): void {
    if (first === 0x7b || first === 0x5b) {
      this.#body = new BodyReader(this.#reader.bodyShape, (item) => this.#read(item, ''));
      return;
    }
    this.#sse = new SseReader({
      onEvent: (bytes, start, end) => this.#onEvent(bytes, start, end),
      onLongData: (bytes, start, end, last) => this.#onLongData(bytes, start, end, last),
      onStrayLine: (bytes, start, end) => this.#onStrayLine(bytes, start, end),
    });
  }

  #onEvent(bytes: Buffer, start: number, end: number): void {
    const skimmed = this.#reader.skim(bytes, start, end);
    if (skimmed === -1) {
      this.#onDocument(bytes, start, end);
      return;
    }
    this.#documents++;
    this.#countedBytes += skimmed;
  }

  /** Whole events are parsed in one go; what is no JSON, or breaks off, still gives its content to the estimate. */
  #onDocument(bytes: Buffer, start: number, end: number): void {
    let document: unknown;
    try {
      document = JSON.parse(bytes.toString('utf8', start, end));
    } catch {
      this.#onLongData(bytes, start, end, true);
      return;
    }
    this.#countedBytes += countContent(document, this.#reader.eventShape);
    this.#read(document, this.#sse?.eventName() ?? '');
  }

  #onLongData(bytes: Buffer, start: number, end: number, last: boolean): void {
    this.#event ??= new JsonPruner(this.#reader.eventShape);
    this.#event.push(bytes, start, end);
    if (!last) return;
    if (this.#event.closed && !this.#event.broken) this.#read(this.#event.root, this.#sse?.eventName() ?? '');
    this.#event.reset();
  }

  /** Google ends a broken stream with a bare JSON error over several lines. */
  #onStrayLine(bytes: Buffer, start: number, end: number): void {
    const opensJson = /^\s*[{[]/.test(bytes.toString('latin1', start, Math.min(end, start + 64)));
    if (!this.#stray && !opensJson) return;
    this.#stray ??= new JsonPruner(this.#reader.bodyShape);
    if (this.#stray.closed) return;
    this.#stray.push(bytes, start, end);
    if (this.#stray.closed) this.#read(this.#stray.root, '');
  }

  #read(document: unknown, name: string): void {
    if (typeof document !== 'object' || document === null) return;
    this.#documents++;
    this.#reader.read(document, name, this.#contentBytes());
  }

  #contentBytes(): number {
    const pieces = (this.#event?.contentBytes ?? 0) + (this.#stray?.contentBytes ?? 0);
    return this.#countedBytes + pieces + (this.#body?.contentBytes ?? 0);
  }

  #reading(summary: Summary, how: 'end' | 'cut'): MeterReading {
    const { httpStatus, endpoint } = this.#input;
    const complete = this.#isComplete(summary);
    const servedModel = summary.servedModel?.slice(0, 200) ?? null;
    const { answerId } = summary;
    const stopReason = summary.stopReason?.slice(0, 100) ?? null;
    const facts = { servedModel, stopReason, complete, ...(answerId === undefined ? {} : { answerId }) };
    const isFailure = httpStatus < 200 || httpStatus > 299;
    if (isFailure) return { ...free, ...facts, error: summary.error ?? { type: `http_${httpStatus}`, message: '' } };
    if (endpoint.operation !== 'generate' && endpoint.operation !== 'embed') return { ...free, ...facts, error: summary.error };
    if (this.#documents === 0 && (this.#sse || this.#body) && how === 'end') return { ...free, ...facts, error: unreadable };
    const cost = this.#cost(summary);
    return { ...cost, ...facts, error: summary.error };
  }

  /** A body is complete when its JSON is; the elements of a JSON array end as the events of a stream do. */
  #isComplete(summary: Summary): boolean {
    if (!this.#body) return summary.isComplete;
    return this.#body.isClosed || (summary.isComplete && this.#body.isList);
  }

  #cost(summary: Summary): Pick<MeterReading, 'usage' | 'billed' | 'estimated' | 'inputReported'> {
    const { usage, billed, isFinal, inputReported, error } = summary;
    const isEmbedding = this.#input.endpoint.operation === 'embed';
    if (usage && (isFinal || (isEmbedding && inputReported))) return { usage, billed, estimated: !inputReported, inputReported };
    const contentBytes = this.#contentBytes();
    if (error && !usage && contentBytes === 0) return free;
    const guess = isEmbedding ? 0 : Math.ceil(contentBytes / BYTES_PER_TOKEN);
    const known: TokenUsage = usage ?? noTokens;
    return { usage: { ...known, output: Math.max(known.output, guess) }, billed: null, estimated: true, inputReported };
  }
}

/** Nothing was charged. */
const free = { usage: noTokens, billed: null, estimated: false, inputReported: true } as const;

/** Bytes came, and not one document of this API among them. */
export const unreadable = {
  type: 'unreadable_answer',
  message: 'the upstream answered with something that is no answer of this API',
};

/** White space and a byte order mark, which may come one byte at a time. */
function skipBlank(chunk: Buffer): number {
  let at = 0;
  while (at < chunk.length) {
    const c = chunk[at];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09 && c !== 0xef && c !== 0xbb && c !== 0xbf) return at;
    at++;
  }
  return at;
}
