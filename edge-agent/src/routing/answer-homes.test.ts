import { expect, it } from 'vitest';
import { AnswerHomes } from './answer-homes.ts';

it('knows the account of an answer, and forgets the oldest beyond its bound', () => {
  const homes = new AnswerHomes();
  homes.remember('first', 'ups_1');
  homes.remember('second', 'ups_2');
  homes.remember('first', 'ups_1');
  for (let at = 0; at < 99_999; at += 1) homes.remember(`id ${at}`, 'ups_3');
  expect([homes.find('first'), homes.find('second'), homes.find('none')]).toEqual(['ups_1', undefined, undefined]);
});
