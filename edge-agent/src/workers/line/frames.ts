const headBytes = 4;
/** Longer than anything that is said. */
const longestBytes = 512 * 1024 * 1024;

/** JSON values in a stream of bytes, each with its length in front of it, wherever the bytes are cut. */
export class Frames {
  #parts: Buffer[] = [];
  #held = 0;

  static encode(value: unknown): Buffer {
    const text = JSON.stringify(value);
    const length = Buffer.byteLength(text);
    const frame = Buffer.allocUnsafe(headBytes + length);
    frame.writeUInt32BE(length, 0);
    frame.write(text, headBytes, 'utf8');
    return frame;
  }

  /** The values that are whole now. Throws when the bytes are none that `encode` made. */
  push(chunk: Buffer): unknown[] {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    const values: unknown[] = [];
    for (let length = this.#next(); length !== undefined; length = this.#next()) {
      const all = this.#joined();
      const end = headBytes + length;
      values.push(JSON.parse(all.toString('utf8', headBytes, end)));
      this.#parts = end < all.length ? [all.subarray(end)] : [];
      this.#held = all.length - end;
    }
    return values;
  }

  /** The length of the next value, if all of it is there. */
  #next(): number | undefined {
    if (this.#held < headBytes) return undefined;
    if ((this.#parts[0]?.length ?? 0) < headBytes) this.#joined();
    const length = this.#parts[0]?.readUInt32BE(0) ?? 0;
    if (length > longestBytes) throw new Error(`a frame of ${length} bytes is none of ours`);
    return this.#held >= headBytes + length ? length : undefined;
  }

  #joined(): Buffer {
    const [only] = this.#parts;
    if (this.#parts.length === 1 && only) return only;
    const all = Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }
}
