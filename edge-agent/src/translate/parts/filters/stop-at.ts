import type { AnswerStep } from '../../answer-step.ts';
import type { AnswerFilter } from './answer-filter.ts';

/**
 * Ends the text where a stop sequence begins, for upstreams that know none. What may be the beginning of one is held
 * back; what comes behind one is not said, only its usage.
 */
export class StopAt implements AnswerFilter {
  readonly #sequences: readonly string[];
  #held = '';
  #found: string | undefined;

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences.filter((one) => one !== '');
  }

  pass(step: AnswerStep): readonly AnswerStep[] {
    if (this.#found !== undefined) return this.#passAfter(step);
    if (step.kind === 'text') return this.#text(step.text);
    if (step.kind === 'usage' || step.kind === 'citation') return [step];
    return [...this.end(), step];
  }

  end(): readonly AnswerStep[] {
    const text = this.#held;
    this.#held = '';
    return text === '' ? [] : [{ kind: 'text', text }];
  }

  #passAfter(step: AnswerStep): readonly AnswerStep[] {
    if (step.kind === 'usage' || step.kind === 'error') return [step];
    return step.kind === 'stop' ? [{ kind: 'stop', meaning: 'stop_sequence', sequence: this.#found ?? null }] : [];
  }

  #text(text: string): readonly AnswerStep[] {
    const whole = this.#held + text;
    let first = whole.length;
    for (const sequence of this.#sequences) {
      const at = whole.indexOf(sequence);
      if (at === -1 || at >= first) continue;
      first = at;
      this.#found = sequence;
    }
    const keep = this.#found === undefined ? whole.length - this.#beginningAtEnd(whole) : first;
    this.#held = this.#found === undefined ? whole.slice(keep) : '';
    return keep === 0 ? [] : [{ kind: 'text', text: whole.slice(0, keep) }];
  }

  /** How many characters at the end may be the beginning of a sequence. */
  #beginningAtEnd(text: string): number {
    let longest = 0;
    for (const sequence of this.#sequences) {
      const most = Math.min(sequence.length - 1, text.length);
      for (let size = most; size > longest; size--) {
        if (text.endsWith(sequence.slice(0, size))) longest = size;
      }
    }
    return longest;
  }
}
