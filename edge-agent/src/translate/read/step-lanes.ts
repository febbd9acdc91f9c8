import type { AnswerStep } from '../answer-step.ts';

/** Text that waits for its turn; a provider that interleaves more than this is not followed any further. */
const MAX_HELD_CHARS = 16 * 1024 * 1024;
const MAX_LANES = 4096;

export interface Lane {
  readonly key: string;
  /** Nothing will be said in it any more. */
  isDone: boolean;
  readonly held: AnswerStep[];
}

/**
 * Puts what a provider says at the same time (calls by index, items by number) one behind the other: the first open lane
 * speaks at once, later ones are held until all before them are done.
 */
export class StepLanes {
  /** True once something had to be dropped. */
  overflowed = false;
  #open: Lane[] = [];
  #said: AnswerStep[] = [];
  #heldChars = 0;

  /** Steps that may be given away now; call it once per piece read. */
  take(): readonly AnswerStep[] {
    const said = this.#said;
    this.#said = [];
    return said;
  }

  /** Beside all lanes: in the order of its coming. */
  sayNow(step: AnswerStep): void {
    this.#said.push(step);
  }

  get lanes(): readonly Lane[] {
    return this.#open;
  }

  find(key: string): Lane | undefined {
    return this.#open.find((lane) => lane.key === key);
  }

  open(key: string): Lane {
    const lane = { key, isDone: false, held: [] };
    if (this.#open.length < MAX_LANES) this.#open.push(lane);
    else this.overflowed = true;
    return lane;
  }

  say(lane: Lane, step: AnswerStep): void {
    if (lane === this.#open[0]) this.#said.push(step);
    else this.#hold(lane, step);
  }

  close(lane: Lane): void {
    lane.isDone = true;
    while (this.#open[0]?.isDone) {
      this.#open.shift();
      const next = this.#open[0];
      if (!next) return;
      for (const step of next.held) this.#said.push(step);
      next.held.length = 0;
    }
    if (this.#open.length <= 1) this.#heldChars = 0;
  }

  #hold(lane: Lane, step: AnswerStep): void {
    const chars = 'text' in step ? step.text.length : 64;
    if (this.#heldChars + chars > MAX_HELD_CHARS) {
      this.overflowed = true;
      return;
    }
    this.#heldChars += chars;
    const last = lane.held.at(-1);
    const isMore = last !== undefined && last.kind === step.kind && 'text' in last && 'text' in step;
    if (isMore) lane.held[lane.held.length - 1] = { ...last, text: last.text + step.text };
    else lane.held.push(step);
  }
}
