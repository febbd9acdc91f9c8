import { ByteBuffer } from './byte-buffer.ts';

export const MAX_LINE_BYTES = 1024 * 1024;
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;

export interface SseHandler {
  /** One event that has data: `bytes[start, end)`, valid during the call only. Empty data makes no event. */
  onEvent(bytes: Buffer, start: number, end: number): void;
  /** A data line above the line limit, in pieces as they come; `last` with the final one (which may be empty). */
  onLongData(bytes: Buffer, start: number, end: number, last: boolean): void;
  /** A line that is no SSE field: some providers write a bare JSON error into the stream. */
  onStrayLine(bytes: Buffer, start: number, end: number): void;
}

/**
 * Reads server-sent events from bytes cut anywhere: `\n`, `\r\n` and `\r`, a byte order mark, comments, data over several
 * lines, a last event without its blank line. Keeps the unfinished tail only; whole lines are handed over where they lie.
 */
export class SseReader {
  /** True once data had to be dropped: an event above the event limit, or a line that is too long for its place. */
  dropped = false;
  readonly #handler: SseHandler;
  readonly #tail = new ByteBuffer();
  readonly #held = new ByteBuffer();
  readonly #name = new ByteBuffer();
  #data: Buffer | undefined;
  #dataStart = 0;
  #dataEnd = 0;
  #isHeld = false;
  #isOversize = false;
  #skipLf = false;
  #isFirstLine = true;
  #long: 'no' | 'data' | 'skip' = 'no';

  constructor(handler: SseHandler) {
    this.#handler = handler;
  }

  /** True when the bytes so far end between two events. */
  get atBoundary(): boolean {
    return (
      this.#tail.length === 0 && this.#data === undefined && this.#long === 'no' && this.#name.length === 0 && !this.#isOversize
    );
  }

  /** The `event:` of the event being handed over, '' when it has none. */
  eventName(): string {
    return this.#name.toString();
  }

  push(chunk: Buffer): void {
    const end = chunk.length;
    let at = 0;
    if (this.#skipLf && end > 0) {
      this.#skipLf = false;
      if (chunk[0] === LF) at = 1;
    }
    let lf = chunk.indexOf(LF, at);
    let cr = chunk.indexOf(CR, at);
    while (at < end) {
      if (lf !== -1 && lf < at) lf = chunk.indexOf(LF, at);
      if (cr !== -1 && cr < at) cr = chunk.indexOf(CR, at);
      const stop = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
      if (stop === -1) {
        this.#keepTail(chunk, at, end);
        break;
      }
      this.#endLine(chunk, at, stop);
      at = stop + 1;
      if (stop === cr) {
        if (at === end) this.#skipLf = true;
        else if (chunk[at] === LF) at++;
      }
    }
    if (this.#data !== undefined && !this.#isHeld) this.#hold();
  }

  /** No more bytes: the last line and the last event count even without their line ends. */
  end(): void {
    if (this.#tail.length > 0 || this.#long !== 'no') this.#endLine(Buffer.alloc(0), 0, 0);
    this.#dispatch();
  }

  #keepTail(chunk: Buffer, start: number, end: number): void {
    if (this.#long === 'data') this.#handler.onLongData(chunk, start, end, false);
    if (this.#long !== 'no') return;
    this.#tail.append(chunk, start, end);
    if (this.#tail.length > MAX_LINE_BYTES) this.#startLongLine();
  }

  #startLongLine(): void {
    const { bytes, length } = this.#tail;
    const start = this.#lineStart(bytes, 0);
    const value = fieldValueStart(bytes, start, length, DATA);
    this.#long = this.#takesLongLine(bytes, start, value) ? 'data' : 'skip';
    if (this.#long === 'data') this.#handler.onLongData(bytes, value, length, false);
    this.#tail.clear();
  }

  /** Only the first data line of an event may be long: it is handed over in pieces instead of being kept. */
  #takesLongLine(bytes: Buffer, start: number, value: number): boolean {
    if (value !== -1 && this.#data === undefined && !this.#isOversize) return true;
    if (bytes[start] !== COLON) this.dropped = true;
    if (value !== -1) this.#dropEvent();
    return false;
  }

  /** Past the byte order mark, which only the very first line may carry. */
  #lineStart(bytes: Buffer, from: number): number {
    if (!this.#isFirstLine) return from;
    this.#isFirstLine = false;
    return bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf ? from + 3 : from;
  }

  #endLine(chunk: Buffer, start: number, end: number): void {
    if (this.#long !== 'no') {
      if (this.#long === 'data') this.#handler.onLongData(chunk, start, end, true);
      this.#long = 'no';
      return;
    }
    if (this.#tail.length === 0) {
      this.#line(chunk, start, end, false);
      return;
    }
    this.#tail.append(chunk, start, end);
    this.#line(this.#tail.bytes, 0, this.#tail.length, true);
    this.#tail.clear();
  }

  #line(bytes: Buffer, from: number, end: number, isTail: boolean): void {
    const start = this.#isFirstLine ? this.#lineStart(bytes, from) : from;
    if (start >= end) {
      this.#dispatch();
      return;
    }
    const data = fieldValueStart(bytes, start, end, DATA);
    if (end - start > MAX_LINE_BYTES) {
      if (this.#takesLongLine(bytes, start, data)) this.#handler.onLongData(bytes, data, end, true);
      return;
    }
    if (data !== -1) this.#addData(bytes, data, end, isTail);
    else if (bytes[start] !== COLON) this.#otherField(bytes, start, end);
  }

  #otherField(bytes: Buffer, start: number, end: number): void {
    const name = fieldValueStart(bytes, start, end, EVENT);
    if (name !== -1) {
      this.#name.clear();
      if (end - name <= 256) this.#name.append(bytes, name, end);
    } else if (fieldValueStart(bytes, start, end, ID) === -1 && fieldValueStart(bytes, start, end, RETRY) === -1) {
      this.#handler.onStrayLine(bytes, start, end);
    }
  }

  #addData(bytes: Buffer, start: number, end: number, isTail: boolean): void {
    if (this.#isOversize) return;
    if (this.#data === undefined) {
      this.#data = bytes;
      this.#dataStart = start;
      this.#dataEnd = end;
      this.#isHeld = false;
      if (isTail) this.#hold();
      return;
    }
    if (!this.#isHeld) this.#hold();
    if (this.#held.length + end - start > MAX_EVENT_BYTES) {
      this.dropped = true;
      this.#dropEvent();
      return;
    }
    this.#held.append(NEW_LINE, 0, 1);
    this.#held.append(bytes, start, end);
    this.#data = this.#held.bytes;
    this.#dataEnd = this.#held.length;
  }

  #hold(): void {
    if (this.#data === undefined) return;
    this.#held.clear();
    this.#held.append(this.#data, this.#dataStart, this.#dataEnd);
    this.#data = this.#held.bytes;
    this.#dataStart = 0;
    this.#dataEnd = this.#held.length;
    this.#isHeld = true;
  }

  #dropEvent(): void {
    this.#isOversize = true;
    this.#data = undefined;
    this.#held.clear();
  }

  #dispatch(): void {
    if (this.#data !== undefined && this.#dataEnd > this.#dataStart)
      this.#handler.onEvent(this.#data, this.#dataStart, this.#dataEnd);
    this.#data = undefined;
    this.#isOversize = false;
    if (this.#name.length > 0) this.#name.clear();
  }
}

const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');
const ID = Buffer.from('id');
const RETRY = Buffer.from('retry');
const NEW_LINE = Buffer.from('\n');

/** Where the value of `field` begins in this line, one space after the colon skipped; -1 when it is another field. */
function fieldValueStart(bytes: Buffer, start: number, end: number, field: Buffer): number {
  const colon = start + field.length;
  if (colon > end) return -1;
  for (let i = 0; i < field.length; i++) if (bytes[start + i] !== field[i]) return -1;
  if (colon === end) return end;
  if (bytes[colon] !== COLON) return -1;
  return colon + 1 < end && bytes[colon + 1] === SPACE ? colon + 2 : colon + 1;
}
