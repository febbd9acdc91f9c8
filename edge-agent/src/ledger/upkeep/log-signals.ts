const writtenAt = 0;
const foldedAt = 1;

/** What the thread that writes and the thread that folds the log into the file tell each other: two numbers in shared memory. */
export class LogSignals {
  readonly #shared: Int32Array;

  constructor(shared: Int32Array = LogSignals.newShared()) {
    this.#shared = shared;
  }

  static newShared(): Int32Array {
    return new Int32Array(new SharedArrayBuffer(8));
  }

  /** The writer committed so many records. */
  wrote(records: number): void {
    Atomics.add(this.#shared, writtenAt, records);
  }

  /** How many records since the last call; none are forgotten until they are `enough`. */
  takeWritten(enough: number): boolean {
    const written = Atomics.load(this.#shared, writtenAt);
    if (written < enough) return false;
    Atomics.sub(this.#shared, writtenAt, written);
    return true;
  }

  /** All of the log but its last few pages is in the file. */
  folded(): void {
    Atomics.store(this.#shared, foldedAt, 1);
  }

  /** True once after each `folded`. */
  takeFolded(): boolean {
    return Atomics.load(this.#shared, foldedAt) === 1 && Atomics.exchange(this.#shared, foldedAt, 0) === 1;
  }
}
