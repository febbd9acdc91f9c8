import { ByteBuffer } from '../../dialects/sse/byte-buffer.ts';
import { SseReader } from '../../dialects/sse/sse-reader.ts';
import type { JsonObject } from '../translation.ts';
import { DocumentScanner, MAX_DOCUMENT_BYTES } from './document-scanner.ts';
import { findObject } from './json.ts';

export interface JsonEvent {
  /** The `event:` line, '' where there is none. */
  readonly name: string;
  readonly data: JsonObject;
}

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

/**
 * The JSON objects of one upstream answer, whatever frame they come in: server-sent events, one body, or a JSON array
 * (Gemini without `alt=sse`), in any cut. Bare JSON lines inside an event stream count as well: some providers say
 * errors so. What is no JSON object is passed over; `done` tells of a `[DONE]`.
 */
export class JsonEvents {
  done = false;
  #found: JsonEvent[] = [];
  #frame: 'unknown' | 'sse' | 'document' = 'unknown';
  readonly #long = new ByteBuffer();
  #isLongLost = false;
  readonly #scanner = new DocumentScanner((text) => this.#add('', text));
  readonly #sse: SseReader = new SseReader({
    onEvent: (bytes, start, end) => this.#add(this.#sse.eventName(), bytes.toString('utf8', start, end)),
    onLongData: (bytes, start, end, last) => this.#addLong(bytes, start, end, last),
    onStrayLine: (bytes, start, end) => this.#scanner.push(bytes, start, end),
  });

  /** Something was too long to be kept, or a body broke off inside. */
  get isBroken(): boolean {
    return this.#isLongLost || this.#sse.dropped || this.#scanner.dropped || this.#scanner.isOpen;
  }

  push(chunk: Buffer): readonly JsonEvent[] {
    if (this.#frame === 'unknown') this.#frame = frameOf(chunk);
    if (this.#frame === 'document') this.#scanner.push(chunk, 0, chunk.length);
    else this.#sse.push(chunk);
    return this.#take();
  }

  /** No more bytes: a last event counts without its blank line. */
  end(): readonly JsonEvent[] {
    if (this.#frame !== 'document') this.#sse.end();
    return this.#take();
  }

  #take(): readonly JsonEvent[] {
    const found = this.#found;
    if (found.length > 0) this.#found = [];
    return found;
  }

  #add(name: string, text: string): void {
    const data = findObject(text);
    if (data) this.#found.push({ name, data });
    else if (text.trim() === '[DONE]') this.done = true;
  }

  #addLong(bytes: Buffer, start: number, end: number, last: boolean): void {
    if (this.#long.length + end - start > MAX_DOCUMENT_BYTES) this.#isLongLost = true;
    if (!this.#isLongLost) this.#long.append(bytes, start, end);
    if (!last) return;
    if (!this.#isLongLost) this.#add(this.#sse.eventName(), this.#long.toString());
    this.#long.clear();
  }
}

/** Told by the first byte that says something; blank lines alone leave it open (they mean nothing in either frame). */
function frameOf(chunk: Buffer): 'unknown' | 'sse' | 'document' {
  for (const byte of chunk) {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
    return byte === OPEN_OBJECT || byte === OPEN_ARRAY ? 'document' : 'sse';
  }
  return 'unknown';
}
