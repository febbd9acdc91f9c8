/** Bytes appended piece by piece; doubles when full, so that a body cut into single bytes stays linear. */
export class ByteBuffer {
  #bytes = Buffer.allocUnsafe(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Valid until the next `append`; only the first `length` bytes count. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  append(source: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2, 256));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    source.copy(this.#bytes, this.#length, start, end);
    this.#length = needed;
  }

  /** Forgets the content; keeps the room unless it grew beyond 64 KiB. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > 65_536) this.#bytes = Buffer.allocUnsafe(0);
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.#length);
  }
}
