import { expect, it } from 'vitest';
import { lifetimeOf } from './ask-books.ts';

it('keeps an answer the longer the more it cost, and a cheap one not at all', () => {
  expect([5, 99, 100, 5000, 60_000].map(lifetimeOf)).toEqual([0, 0, 2000, 100_000, 600_000]);
});
