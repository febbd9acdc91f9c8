import { expect, it } from 'vitest';
import type { AnswerStep } from '../../answer-step.ts';
import { StopAt } from './stop-at.ts';

const text = (words: string): AnswerStep => ({ kind: 'text', text: words });
const source: AnswerStep = { kind: 'citation', url: 'https://a.example', title: null, quote: null, from: 0, to: 1 };

it('finds a stop sequence that a source or a count of tokens stands in', () => {
  const filter = new StopAt(['END']);
  const steps = [text('a E'), source, text('ND b'), { kind: 'stop', meaning: 'stop', sequence: null } as const];
  expect(steps.flatMap((step) => filter.pass(step))).toEqual([
    text('a '),
    source,
    { kind: 'stop', meaning: 'stop_sequence', sequence: 'END' },
  ]);
});
