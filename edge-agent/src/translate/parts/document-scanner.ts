import { ByteBuffer } from '../../dialects/sse/byte-buffer.ts';

/** A picture of a provider comes as one document; nothing larger is kept. */
export const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Finds the outermost JSON objects in bytes cut anywhere: one body, or the elements of an array as each of them closes.
 * What stands around them (`[`, `,`, blanks, rubbish) is passed over.
 */
export class DocumentScanner {
  /** A document was longer than the limit and is lost. */
  dropped = false;
  readonly #onDocument: (text: string) => void;
  readonly #kept = new ByteBuffer();
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  constructor(onDocument: (text: string) => void) {
    this.#onDocument = onDocument;
  }

  /** A document has begun and is not closed yet. */
  get isOpen(): boolean {
    return this.#depth > 0;
  }

  push(bytes: Buffer, from: number, end: number): void {
    let start = from;
    for (let at = from; at < end; at++) {
      if (this.#isInString) {
        this.#inString(bytes[at]);
        continue;
      }
      const byte = bytes[at];
      if (byte === OPEN_OBJECT) {
        if (this.#depth === 0) start = at;
        this.#depth++;
      } else if (this.#depth > 0 && byte === QUOTE) {
        this.#isInString = true;
      } else if (this.#depth > 0 && byte === CLOSE_OBJECT && --this.#depth === 0) {
        this.#keep(bytes, start, at + 1);
        this.#close();
      }
    }
    if (this.#depth > 0) this.#keep(bytes, start, end);
  }

  #inString(byte: number | undefined): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    if (this.#kept.length + end - start > MAX_DOCUMENT_BYTES) this.dropped = true;
    if (!this.dropped) this.#kept.append(bytes, start, end);
  }

  #close(): void {
    if (!this.dropped) this.#onDocument(this.#kept.toString());
    this.#kept.clear();
  }
}
