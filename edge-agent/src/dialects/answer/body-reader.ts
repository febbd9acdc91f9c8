import { countContent } from '../json/count-content.ts';
import { JsonPruner } from '../json/json-pruner.ts';
import type { Shape } from '../json/shape.ts';
import { ByteBuffer } from '../sse/byte-buffer.ts';

const MAX_WHOLE_BYTES = 65_536;
const OPEN_ARRAY = 0x5b;

/**
 * A JSON body, cut anywhere: up to 64 KiB it is kept and parsed at its end; a longer one, or a JSON array whose elements
 * are wanted as they close, is read while it passes.
 */
export class BodyReader {
  readonly #shape: Shape;
  readonly #onItem: (item: unknown) => void;
  readonly #whole = new ByteBuffer();
  #pruner: JsonPruner | undefined;
  #countedBytes = 0;
  #isParsed = false;

  constructor(shape: Shape, onItem: (item: unknown) => void) {
    this.#shape = shape;
    this.#onItem = onItem;
  }

  get contentBytes(): number {
    return this.#countedBytes + (this.#pruner?.contentBytes ?? 0);
  }

  /** The whole document was read. */
  get isClosed(): boolean {
    return this.#isParsed || (this.#pruner?.closed === true && !this.#pruner.broken);
  }

  get isList(): boolean {
    return Array.isArray(this.#pruner?.root);
  }

  /** An element of an array just closed, and nothing came after it. */
  get isAfterItem(): boolean {
    return this.#pruner?.isAfterItem ?? false;
  }

  push(bytes: Buffer, start: number, end: number): void {
    const isFirst = this.#whole.length === 0 && !this.#pruner;
    const isLong = this.#whole.length + end - start > MAX_WHOLE_BYTES;
    if (!this.#pruner && !isLong && !(isFirst && bytes[start] === OPEN_ARRAY)) {
      this.#whole.append(bytes, start, end);
      return;
    }
    this.#prune().push(bytes, start, end);
  }

  /** The document, or what there is of one that broke off; undefined for an array, whose elements were handed over. */
  end(): unknown {
    if (!this.#pruner) {
      try {
        const document: unknown = JSON.parse(this.#whole.toString());
        this.#isParsed = true;
        this.#countedBytes = countContent(document, this.#shape);
        return document;
      } catch {
        this.#prune();
      }
    }
    return this.isList ? undefined : this.#pruner?.root;
  }

  /** From here on in pieces, beginning with what was kept. */
  #prune(): JsonPruner {
    if (this.#pruner) return this.#pruner;
    const pruner = new JsonPruner(this.#shape, this.#onItem);
    this.#pruner = pruner;
    pruner.push(this.#whole.bytes, 0, this.#whole.length);
    this.#whole.clear();
    return pruner;
  }
}
