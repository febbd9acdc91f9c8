import { ByteBuffer } from '../sse/byte-buffer.ts';
import { findStringEnd } from './find-string-end.ts';
import { findMember, isExcepted, type Shape, skip } from './shape.ts';

const MAX_DEPTH = 512;
const MAX_KEPT_BYTES = 65_536;
const MAX_ITEMS = 256;
const MAX_KEY_BYTES = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

type Result = Record<string, unknown> | unknown[];

interface Level {
  readonly shape: Shape;
  readonly isObject: boolean;
  /** Where kept values go; undefined inside what is not walked. */
  readonly result: Result | undefined;
}

/**
 * Reads a JSON document of any size from pieces cut anywhere and keeps only what its shape names: the result is the
 * document with everything else left out. Memory is bounded by the shape; broken structure ends the reading.
 */
export class JsonPruner {
  /** Bytes of strings in `count` shapes, summed over all documents read. */
  contentBytes = 0;
  /** The root value is complete. */
  closed = false;
  broken = false;
  root: unknown = undefined;
  readonly #shape: Shape;
  /** Gets the elements of a root array one by one, as they close; they are not kept then. */
  readonly #onItem: ((item: unknown) => void) | undefined;
  readonly #levels: Level[] = [];
  readonly #key = Buffer.alloc(MAX_KEY_BYTES);
  readonly #kept = new ByteBuffer();
  #keyLength = 0;
  #string: 'no' | 'key' | 'value' = 'no';
  #escaped = false;
  #expectsKey = false;
  #inToken = false;
  #child: Shape;
  #childName: string | undefined;
  /** Depth at which the value being kept began; -1: none is. */
  #keepDepth = -1;
  #keepFrom = 0;
  #keepName: string | undefined;
  #endedWithItem = false;

  constructor(shape: Shape, onItem?: (item: unknown) => void) {
    this.#shape = shape;
    this.#onItem = onItem;
    this.#child = shape;
  }

  /** Inside the root value. */
  get isOpen(): boolean {
    return this.#levels.length > 0;
  }

  /** True when a root array just closed an element and nothing came after it. */
  get isAfterItem(): boolean {
    return this.#endedWithItem;
  }

  /** Ready for the next document; `contentBytes` goes on. */
  reset(): void {
    this.closed = false;
    this.broken = false;
    this.root = undefined;
    this.#levels.length = 0;
    this.#string = 'no';
    this.#escaped = false;
    this.#expectsKey = false;
    this.#inToken = false;
    this.#child = this.#shape;
    this.#childName = undefined;
    this.#keepDepth = -1;
    this.#endedWithItem = false;
    this.#kept.clear();
  }

  push(bytes: Buffer, start: number, end: number): void {
    this.#keepFrom = start;
    let at = start;
    while (at < end && !this.broken) at = this.#string === 'no' ? this.#structure(bytes, at, end) : this.#text(bytes, at, end);
    if (this.#keepDepth !== -1) this.#keepUntil(bytes, end);
  }

  #structure(bytes: Buffer, at: number, end: number): number {
    const c = bytes[at];
    if (!isStructural(c)) return this.#token(bytes, at, end);
    if (this.#inToken && !this.#endToken(bytes, at, c)) return end;
    if (isSpace(c)) return at + 1;
    this.#endedWithItem = false;
    if (c === QUOTE) this.#openString(at);
    else if (c === COMMA) this.#nextInContainer();
    else if (c === OPEN_OBJECT || c === OPEN_ARRAY) this.#open(at, c === OPEN_OBJECT);
    else if (c !== COLON) this.#close(bytes, at, c === CLOSE_OBJECT);
    return at + 1;
  }

  /** A number or a literal; its end shows only at the byte after it. */
  #token(bytes: Buffer, from: number, end: number): number {
    if (!this.#inToken) this.#beginValue(from);
    this.#inToken = true;
    this.#endedWithItem = false;
    let at = from + 1;
    while (at < end && !isStructural(bytes[at])) at++;
    return at;
  }

  /** False: nothing that may stand after a token. */
  #endToken(bytes: Buffer, at: number, next: number | undefined): boolean {
    this.broken = !isSpace(next) && next !== COMMA && next !== CLOSE_OBJECT && next !== CLOSE_ARRAY;
    if (!this.broken) this.#endValue(bytes, at);
    return !this.broken;
  }

  #openString(at: number): void {
    if (this.closed) this.broken = true;
    if (this.#expectsKey) {
      this.#string = 'key';
      this.#keyLength = 0;
    } else {
      this.#string = 'value';
      this.#beginValue(at);
    }
  }

  /** From inside a string to its end, or to the end of the bytes. */
  #text(bytes: Buffer, from: number, end: number): number {
    const at = findStringEnd(bytes, this.#escaped ? from + 1 : from, end);
    const isOpen = at >= end;
    this.#escaped = at > end;
    const stop = isOpen ? end : at;
    if (this.#string === 'key') this.#addKey(bytes, from, stop);
    else if (this.#child.kind === 'count' && this.#keepDepth === -1) this.contentBytes += stop - from;
    if (isOpen) return end;
    const wasKey = this.#string === 'key';
    this.#string = 'no';
    if (wasKey) this.#endKey();
    else this.#endValue(bytes, at + 1);
    return at + 1;
  }

  #addKey(bytes: Buffer, start: number, end: number): void {
    const kind = this.#levels.at(-1)?.shape.kind;
    if (kind !== 'walk' && kind !== 'count') return;
    if (this.#keyLength + end - start <= MAX_KEY_BYTES) bytes.copy(this.#key, this.#keyLength, start, end);
    this.#keyLength += end - start;
  }

  #endKey(): void {
    this.#expectsKey = false;
    const level = this.#levels.at(-1);
    this.#child = skip;
    this.#childName = undefined;
    if (!level || this.#keyLength > MAX_KEY_BYTES) return;
    if (level.shape.kind === 'count') {
      if (!isExcepted(level.shape, this.#key, this.#keyLength)) this.#child = level.shape;
      return;
    }
    const member = findMember(level.shape, this.#key, this.#keyLength);
    if (!member) return;
    this.#child = member.shape;
    this.#childName = member.name;
  }

  #nextInContainer(): void {
    const level = this.#levels.at(-1);
    if (!level) {
      this.broken = true;
      return;
    }
    this.#expectsKey = level.isObject;
    if (!level.isObject) this.#child = itemShape(level.shape);
  }

  #beginValue(at: number): void {
    if (this.#keepDepth !== -1 || this.#child.kind !== 'keep') return;
    this.#keepDepth = this.#levels.length;
    this.#keepFrom = at;
    this.#keepName = this.#childName;
    this.#kept.clear();
  }

  /** `end` is just after the value. */
  #endValue(bytes: Buffer, end: number): void {
    this.#inToken = false;
    if (this.#keepDepth === this.#levels.length) {
      this.#keepUntil(bytes, end);
      this.#keepDepth = -1;
      if (this.#kept.length <= MAX_KEPT_BYTES) this.#store(parse(this.#kept.toString()), this.#keepName);
    }
    if (this.#levels.length === 0) this.closed = true;
  }

  #keepUntil(bytes: Buffer, end: number): void {
    if (this.#kept.length <= MAX_KEPT_BYTES) this.#kept.append(bytes, this.#keepFrom, end);
  }

  #store(value: unknown, name: string | undefined): void {
    const result = this.#levels.at(-1)?.result;
    if (value === undefined) return;
    if (this.#levels.length === 0) this.root = value;
    else if (Array.isArray(result)) {
      if (result.length < MAX_ITEMS) result.push(value);
    } else if (result && name !== undefined) result[name] = value;
  }

  #open(at: number, isObject: boolean): void {
    if (this.closed || this.#levels.length === MAX_DEPTH) {
      this.broken = true;
      return;
    }
    this.#beginValue(at);
    const shape = this.#keepDepth === -1 && this.#child.kind !== 'keep' ? this.#child : skip;
    const result: Result | undefined = shape.kind !== 'walk' ? undefined : isObject ? {} : [];
    const isStreamed = this.#onItem !== undefined && this.#levels.length === 1 && !this.#levels[0]?.isObject;
    if (result && !isStreamed) this.#store(result, this.#childName);
    this.#levels.push({ shape, isObject, result });
    this.#expectsKey = isObject;
    if (!isObject) this.#child = itemShape(shape);
  }

  #close(bytes: Buffer, at: number, isObject: boolean): void {
    const level = this.#levels.pop();
    if (!level || level.isObject !== isObject) {
      this.broken = true;
      return;
    }
    this.#expectsKey = false;
    this.#endValue(bytes, at + 1);
    if (this.#levels.length !== 1 || this.#levels[0]?.isObject) return;
    this.#endedWithItem = true;
    if (level.result) this.#onItem?.(level.result);
  }
}

function isSpace(c: number | undefined): boolean {
  return c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
}

function isStructural(c: number | undefined): boolean {
  if (isSpace(c) || c === QUOTE || c === COMMA || c === COLON) return true;
  return c === OPEN_OBJECT || c === CLOSE_OBJECT || c === OPEN_ARRAY || c === CLOSE_ARRAY;
}

function itemShape(shape: Shape): Shape {
  if (shape.kind === 'walk') return shape.items;
  return shape.kind === 'count' ? shape : skip;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
