import type { Duplex } from 'node:stream';
import { Frames } from './frames.ts';

/** One thing said, asked or answered. `no` pairs an answer with its question. */
type Item<Told, Asked> =
  | { readonly is: 'told'; readonly body: Told }
  | { readonly is: 'asked'; readonly no: number; readonly body: Asked }
  | { readonly is: 'answer'; readonly no: number; readonly body: unknown };

export interface LineEnds<Told, Asked> {
  readonly onTold: (told: Told) => void;
  /** What it gives is the answer. Never rejects: a bug ends the line. */
  readonly onAsked: (asked: Asked) => unknown;
  /** The other side is gone, or takes nothing any more. Called once. */
  readonly onLost: (reason: string) => void;
}

interface Waiting {
  readonly untilMs: number;
  resolve(answer: unknown): void;
}

/** What the other side has not taken; who lets more pile up hangs. */
const unsentAtMostBytes = 64 * 1024 * 1024;
const waitingAtMost = 50_000;
const sweepMs = 250;

/**
 * Two processes of a node talk over a pipe: what one turn of the event loop says goes in one frame, in order. `Out*` is
 * what this end says, `In*` what it hears.
 */
export class Line<OutTold, OutAsked, InTold, InAsked> {
  readonly #stream: Duplex;
  readonly #ends: LineEnds<InTold, InAsked>;
  readonly #waiting = new Map<number, Waiting>();
  readonly #sweep: NodeJS.Timeout;
  #unsent: Item<OutTold, OutAsked>[] = [];
  #no = 0;
  #isOver = false;

  constructor(stream: Duplex, ends: LineEnds<InTold, InAsked>) {
    this.#stream = stream;
    this.#ends = ends;
    this.#sweep = setInterval(() => this.#dropLate(), sweepMs).unref();
    const frames = new Frames();
    stream.on('data', (chunk: Buffer) => this.#read(frames.push(chunk)));
    stream.on('error', (error) => this.#lose(error.message));
    stream.on('close', () => this.#lose('the pipe was closed'));
    stream.on('end', () => this.#lose('the other side ended'));
  }

  tell(body: OutTold): void {
    this.#say({ is: 'told', body });
  }

  /** Undefined: there was no answer in time, or nobody to give one. */
  ask(body: OutAsked, deadlineMs: number): Promise<unknown> {
    if (this.#isOver || this.#waiting.size >= waitingAtMost) return Promise.resolve(undefined);
    this.#no += 1;
    const no = this.#no;
    return new Promise((resolve) => {
      this.#waiting.set(no, { untilMs: performance.now() + deadlineMs, resolve });
      this.#say({ is: 'asked', no, body });
    });
  }

  /** Says what waits and ends; whoever waits for an answer gets none. */
  close(): void {
    if (this.#isOver) return;
    this.#flush();
    this.#end();
    this.#stream.end();
  }

  #say(item: Item<OutTold, OutAsked>): void {
    if (this.#isOver) return;
    if (this.#unsent.length === 0) setImmediate(() => this.#flush());
    this.#unsent.push(item);
  }

  #flush(): void {
    if (this.#isOver || this.#unsent.length === 0) return;
    const items = this.#unsent;
    this.#unsent = [];
    this.#stream.write(Frames.encode(items));
    if (this.#stream.writableLength > unsentAtMostBytes) this.#lose('the other side takes nothing any more');
  }

  #read(frames: readonly unknown[]): void {
    for (const frame of frames) {
      for (const item of frame as readonly Item<InTold, InAsked>[]) {
        if (this.#isOver) return;
        this.#hear(item);
      }
    }
  }

  #hear(item: Item<InTold, InAsked>): void {
    if (item.is === 'told') this.#ends.onTold(item.body);
    else if (item.is === 'answer') this.#take(item.no, item.body);
    else void this.#answer(item.no, item.body);
  }

  async #answer(no: number, asked: InAsked): Promise<void> {
    const given = this.#ends.onAsked(asked);
    this.#say({ is: 'answer', no, body: given instanceof Promise ? await given : given });
  }

  #take(no: number, answer: unknown): void {
    const waiting = this.#waiting.get(no);
    this.#waiting.delete(no);
    waiting?.resolve(answer);
  }

  #dropLate(): void {
    const nowMs = performance.now();
    for (const [no, { untilMs }] of this.#waiting) if (untilMs <= nowMs) this.#take(no, undefined);
  }

  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#stream.destroy();
    this.#ends.onLost(reason);
  }

  #end(): void {
    this.#isOver = true;
    clearInterval(this.#sweep);
    for (const no of [...this.#waiting.keys()]) this.#take(no, undefined);
  }
}
