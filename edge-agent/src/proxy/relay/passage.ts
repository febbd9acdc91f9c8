import { KeptBytes } from './kept-bytes.ts';
import type { Outlet } from './outlet.ts';

const heldAtMost = 256 * 1024;
const gateMs = 1_000;

/** Whoever works the passage. */
export interface Gatekeeper {
  /** It is an answer: from now on the caller sees it. */
  began(): void;
  /** All that counts was said, or enough is held: the books are to be written. */
  complete(): void;
  /** More must not come before `resume`. */
  pause(): void;
}

export interface Piece {
  readonly chunk: Buffer;
  /** What the caller gets for it. */
  readonly out: Buffer;
  /** It holds the terminal event of its stream. */
  readonly terminal: boolean;
  readonly sign: () => 'nothing' | 'content' | 'error';
  /** With it everything came that was announced. */
  readonly isWhole: boolean;
}

/**
 * What of an answer may leave, and when. Its beginning is kept until content came, or a second passed; its end, from the
 * terminal event on, is held for the books.
 */
export class Passage {
  readonly #outlet: Outlet;
  readonly #keeper: Gatekeeper;
  readonly #lateBytesMs: number;
  readonly isStream: boolean;
  readonly #isLengthKnown: boolean;
  #gate: KeptBytes | undefined = new KeptBytes(heldAtMost);
  #timer: NodeJS.Timeout | undefined;
  /** The end is held. */
  isHolding = false;
  /** The upstream was told to wait, for as much is held as may be. */
  isHeldBack = false;

  constructor(outlet: Outlet, keeper: Gatekeeper, lateBytesMs: number, isStream: boolean, isLengthKnown: boolean) {
    this.#outlet = outlet;
    this.#keeper = keeper;
    this.#lateBytesMs = lateBytesMs;
    this.isStream = isStream;
    this.#isLengthKnown = isLengthKnown;
    // A caller that waits for a stream wants to know soon that it has begun, whatever the model is still thinking.
    if (isStream) this.#timer = setTimeout(() => this.#open(), gateMs);
  }

  /** Nothing of it left: it may still turn out to be no answer. */
  get isKept(): boolean {
    return this.#gate !== undefined;
  }

  /** In the middle of a stream: pieces leave as they come. Hot path. */
  get flows(): boolean {
    return this.isStream && !this.#gate && !this.isHolding;
  }

  /** As it came. */
  keptBytes(): Buffer {
    return this.#gate?.bytes() ?? Buffer.alloc(0);
  }

  take(piece: Piece): void {
    if (this.#gate) this.#keep(this.#gate, piece);
    else this.#pass(piece);
  }

  letThrough(): void {
    if (!this.#gate) return;
    this.#gate = undefined;
    this.stop();
    this.#keeper.began();
  }

  stop(): void {
    clearTimeout(this.#timer);
    // A stream is open for long: what it does not need any more is let go.
    this.#timer = undefined;
  }

  #keep(gate: KeptBytes, piece: Piece): void {
    const isFull = gate.push(piece.chunk);
    const sign = this.isStream ? piece.sign() : 'nothing';
    if (sign === 'error') {
      this.#outlet.hold(piece.out);
      this.#completeSoon();
    } else if (piece.terminal || piece.isWhole) {
      if (piece.terminal && this.isStream) this.letThrough();
      this.#hold(piece);
    } else {
      this.#outlet.hold(piece.out);
      if (isFull || sign === 'content') this.#open();
    }
  }

  #open(): void {
    if (!this.#gate) return;
    this.letThrough();
    this.#outlet.release(false);
    this.#outlet.flushHead();
  }

  #pass(piece: Piece): void {
    if (this.isHolding || piece.terminal || piece.isWhole) this.#hold(piece);
    else if (!this.isStream && !this.#isLengthKnown) {
      if (this.#outlet.heldBytes > 0) this.#outlet.release(false);
      this.#outlet.hold(piece.out);
    } else this.#outlet.write(piece.out);
  }

  #hold({ out, isWhole }: Piece): void {
    this.#outlet.hold(out);
    if (!this.isHolding) {
      this.isHolding = true;
      if (isWhole) {
        this.stop();
        this.#keeper.complete();
      } else this.#completeSoon();
    }
    if (this.#outlet.heldBytes <= heldAtMost || this.isHeldBack) return;
    this.isHeldBack = true;
    this.#keeper.pause();
    this.#keeper.complete();
  }

  #completeSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keeper.complete(), this.#lateBytesMs);
  }
}
