import type { StatsQuestion } from '@aicarpool/shared-protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRow, nowMs } from '../test/arbitrary-rows.ts';
import { InProcessBooks } from '../test/in-process-books.ts';
import { naiveCells, sortedCells } from '../test/naive-answer.ts';
import { newDataDir } from '../test/open-test-ledger.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

function arbitraryQuestion(days: number): fc.Arbitrary<Pick<StatsQuestion, 'edges' | 'by' | 'filter'>> {
  const unit = fc.constantFrom(1, 60_000, hourMs, dayMs);
  const instant = fc
    .tuple(fc.integer({ min: nowMs - (days + 2) * dayMs, max: nowMs + 2 * dayMs }), unit)
    .map(([at, step]) => Math.floor(at / step) * step);
  const some = (...names: string[]) => fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.subarray(names));
  return fc.record({
    edges: fc
      .uniqueArray(instant, { minLength: 2, maxLength: 12 })
      .map((edges) => edges.sort((a, b) => a - b).map((at) => new Date(at).toISOString())),
    by: fc.subarray(['bucket', 'group', 'service', 'model', 'key', 'user'] as const).map((by) => [...by]),
    filter: fc.record({
      group_ids: some('grp_a', 'grp_b', 'grp_none'),
      key_ids: some('key_a', 'key_b'),
      user_ids: some('usr_a'),
      services: some('claude', 'gemini'),
    }),
  });
}

/** Each step settles some rows, then perhaps brings the sums up, perhaps keeps house; then a question is asked. */
function steps(days: number) {
  const step = fc.record({
    rows: fc.array(arbitraryRow(days), { minLength: 10, maxLength: 40 }),
    upkeep: fc.constantFrom('nothing', 'rollUp', 'sweep'),
    question: arbitraryQuestion(days),
  });
  return fc.array(step, { minLength: 2, maxLength: 5 });
}

describe('an answer', () => {
  it('equals the sum over the rows, whatever was rolled up, folded and cut', () => {
    let answers = 0;
    fc.assert(
      fc.property(steps(29), (all) => {
        const books = new InProcessBooks(newDataDir());
        try {
          const settled = [];
          for (const { rows, upkeep, question } of all) {
            settled.push(...rows);
            books.settle(rows);
            if (upkeep !== 'nothing') books[upkeep](nowMs);
            const answer = books.ask(question);
            expect(answer).toMatchObject({ outcome: 'complete', approximate: false, last_seq: settled.length });
            const naive = naiveCells(settled, question);
            expect(sortedCells(answer.cells)).toEqual(naive);
            expect(answer.rows).toBe(naive.reduce((sum, cell) => sum + cell.attempts, 0));
            answers += naive.length > 0 ? 1 : 0;
          }
        } finally {
          books.close();
        }
      }),
      { numRuns: 150, interruptAfterTimeLimit: 12_000 },
    );
    expect(answers).toBeGreaterThan(30);
  });

  it('is exact by days for 92 days, and says when it cuts a day of which only sums are kept', () => {
    let blurred = 0;
    fc.assert(
      fc.property(steps(85), (all) => {
        const books = new InProcessBooks(newDataDir());
        try {
          const settled = [];
          for (const { rows, question } of all) {
            settled.push(...rows);
            books.settle(rows);
            books.acknowledgeAll();
            books.sweep(nowMs);
            const answer = books.ask(question);
            const byDays = question.edges.every((edge) => Date.parse(edge) % dayMs === 0);
            if (byDays) expect(answer.approximate).toBe(false);
            if (!answer.approximate) expect(sortedCells(answer.cells)).toEqual(naiveCells(settled, question));
            blurred += answer.approximate ? 1 : 0;
            const wide = { by: question.by.filter((name) => name !== 'bucket'), filter: question.filter };
            const edges = [nowMs - 90 * dayMs, nowMs + 5 * dayMs].map((at) =>
              new Date(Math.floor(at / dayMs) * dayMs).toISOString(),
            );
            expect(sortedCells(books.ask({ ...wide, edges }).cells)).toEqual(naiveCells(settled, { ...wide, edges }));
          }
        } finally {
          books.close();
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 12_000 },
    );
    expect(blurred).toBeGreaterThan(5);
  });
});
