import type { StatsQuestion } from '@aicarpool/shared-protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { askModelBooks, type BookRow } from '../../../test/model-books.ts';
import { mergeAnswers, misfit } from './merge-answers.ts';
import { sumAll, sumBy } from './sum-cells.ts';

const edges = ['2026-11-20T00:00:00.000Z', '2026-11-20T12:00:00.000Z', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z'];
const startMs = Date.parse(edges[0] ?? '');
const tokens = fc.integer({ min: 0, max: 1_000_000_000 });

const row: fc.Arbitrary<BookRow> = fc.record({
  endedAt: fc.integer({ min: -3_600_000, max: 60 * 3_600_000 }).map((after) => new Date(startMs + after).toISOString()),
  group: fc.constantFrom('grp_a', 'grp_b'),
  service: fc.constantFrom('claude', 'gemini'),
  model: fc.constantFrom('m1', 'm2', 'm|3'),
  key: fc.constantFrom('key_a', 'key_b'),
  user: fc.constantFrom('usr_a', 'usr_b'),
  attempts: fc.integer({ min: 1, max: 4 }),
  outcome: fc.constantFrom('success', 'timeout', 'rate_limit', 'auth', 'other', 'cancelled'),
  input: tokens,
  cacheRead: tokens,
  cacheWrite: tokens,
  output: tokens,
  thinking: tokens,
  costNanoUsd: fc.integer({ min: 0, max: 100_000_000_000_000 }),
  estimated: fc.boolean(),
  lost: fc.boolean(),
  priced: fc.boolean(),
  durationMs: fc.integer({ min: 0, max: 600_000 }),
});

const question: fc.Arbitrary<StatsQuestion> = fc.record({
  question_id: fc.constant('qst_1'),
  edges: fc.constant(edges),
  filter: fc.record({
    group_ids: fc.constantFrom(null, ['grp_a'], []),
    key_ids: fc.constantFrom(null, ['key_b']),
    user_ids: fc.constant(null),
    services: fc.constantFrom(null, ['claude']),
  }),
  by: fc.subarray(['bucket', 'group', 'service', 'model', 'key', 'user'] as const).map((by) => [...by]),
  deadline_ms: fc.constant(1000),
});

const books = fc.array(row, { maxLength: 40 });

test('gives over the parts of split books what the whole books give, in any order', () => {
  fc.assert(
    fc.property(books, question, fc.array(fc.integer({ min: 0, max: 4 })), fc.integer(), (rows, asked, places, turn) => {
      const nodes: BookRow[][] = [[], [], [], [], []];
      rows.forEach((one, i) => {
        nodes[places[i % Math.max(1, places.length)] ?? 0]?.push(one);
      });
      const answers = nodes.map((part) => askModelBooks(part, asked));
      const turned = answers.map((_, i) => answers[(i + Math.abs(turn)) % answers.length] ?? { cells: [] });
      const whole = mergeAnswers([askModelBooks(rows, asked)]);
      expect(mergeAnswers(answers)).toEqual(whole);
      expect(mergeAnswers(turned)).toEqual(whole);
      expect(mergeAnswers([{ cells: mergeAnswers(answers.slice(0, 2)) }, ...answers.slice(2)])).toEqual(whole);
    }),
  );
});

test('sums finer cells to what a coarser question would have given', () => {
  fc.assert(
    fc.property(books, question, (rows, asked) => {
      const fine = askModelBooks(rows, { ...asked, by: ['bucket', 'group', 'service', 'model', 'key', 'user'] }).cells;
      const coarse = askModelBooks(rows, { ...asked, by: ['service'] }).cells;
      const byService = sumBy(fine, (cell) => cell.service ?? '');
      expect([...byService].map(([service, sums]) => ({ service, ...sums }))).toEqual(coarse);
      const whole = askModelBooks(rows, { ...asked, by: [] }).cells[0];
      if (whole) expect(sumAll(fine)).toEqual(whole);
    }),
  );
});

test('lets an honest answer pass and finds cells that nobody asked for', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), question, (rows, asked) => {
      const answer = askModelBooks(rows, asked);
      expect(misfit(asked, answer)).toBeUndefined();
      const [cell] = answer.cells;
      if (!cell) return;
      expect(misfit({ ...asked, by: [...asked.by, 'bucket'] }, { cells: [{ ...cell, bucket: edges.length - 1 }] })).toMatch(
        /outside/,
      );
      const turnedRound = asked.by.includes('user') ? { ...cell, user: undefined } : { ...cell, user: 'usr_a' };
      expect(misfit(asked, { cells: [turnedRound as typeof cell] })).toMatch(/user/);
    }),
  );
});

test('refuses to add up amounts that would no longer be exact', () => {
  const [cell] = askModelBooks([], {
    question_id: 'q',
    edges,
    filter: { group_ids: null, key_ids: null, user_ids: null, services: null },
    by: [],
  }).cells;
  expect(cell).toBeUndefined();
  const rich = { ...sumAll([]), cost_nano_usd: Number.MAX_SAFE_INTEGER };
  expect(() => sumAll([rich, { ...rich, cost_nano_usd: 1 }])).toThrow(RangeError);
  expect(() =>
    sumAll([
      { ...rich, input: Number.MAX_SAFE_INTEGER, cost_nano_usd: 0 },
      { ...rich, input: 1, cost_nano_usd: 0 },
    ]),
  ).toThrow(RangeError);
});
