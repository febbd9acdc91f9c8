import { expect, it } from 'vitest';
import type { AnswerStep } from '../answer-step.ts';
import { BlockOrder } from './block-order.ts';

const say = (text: string): AnswerStep[] => [{ kind: 'tool_input', text }];
const texts = (steps: readonly AnswerStep[]) => steps.map((step) => ('text' in step ? step.text : step.kind));

it('lets a block that waited speak on once those before it are closed', () => {
  const order = new BlockOrder();
  expect(texts(order.add(0, say('a1')))).toEqual(['a1']);
  expect(texts(order.add(1, say('b1')))).toEqual([]);
  expect(texts(order.add(2, say('c1')))).toEqual([]);
  expect(texts(order.close(0, say('a2')))).toEqual(['a2', 'b1']);
  expect(texts(order.add(2, say('c2')))).toEqual([]);
  expect(texts(order.add(1, say('b2')))).toEqual(['b2']);
  expect(texts(order.close(1, []))).toEqual(['c1c2']);
  expect(texts(order.close(2, say('c3')))).toEqual(['c3']);
});
