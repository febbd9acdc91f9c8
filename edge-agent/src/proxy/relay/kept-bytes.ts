/** The beginning of an answer, kept until it is known what it is. Bounded. */
export class KeptBytes {
  readonly #atMost: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(atMost: number) {
    this.#atMost = atMost;
  }

  /** True once it is more than may be kept. */
  push(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    return this.#length > this.#atMost;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
