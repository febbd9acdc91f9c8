import type { StatsQuestion } from '@aicarpool/shared-protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryRow, nowMs } from '../../ledger/test/arbitrary-rows.ts';
import { InProcessBooks } from '../../ledger/test/in-process-books.ts';
import { sortedCells } from '../../ledger/test/naive-answer.ts';
import { newDataDir } from '../../ledger/test/open-test-ledger.ts';
import { mergeAnswers } from './merge-answers.ts';

const dayMs = 86_400_000;
const edges = [nowMs - 40 * dayMs, nowMs - 2 * dayMs, nowMs - 3_600_000, nowMs + dayMs].map((atMs) =>
  new Date(atMs).toISOString(),
);
const question = fc
  .subarray(['bucket', 'group', 'service', 'model', 'key', 'user'] as const)
  .map((by): Pick<StatsQuestion, 'edges' | 'by' | 'filter'> => {
    return { edges, by: [...by], filter: { group_ids: null, key_ids: null, user_ids: null, services: null } };
  });

test('what several books say together is what one book with all rows says', () => {
  const rows = fc.array(fc.tuple(arbitraryRow(29), fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(rows, question, (all, asked) => {
      const books = Array.from({ length: 4 }, () => new InProcessBooks(newDataDir()));
      const [whole, ...parts] = books;
      try {
        whole?.settle(all.map(([row]) => row));
        for (const [at, part] of parts.entries()) part.settle(all.filter(([, of]) => of === at).map(([row]) => row));
        const expected = whole?.ask(asked);
        const answers = parts.map((part) => part.ask(asked));
        const merged = mergeAnswers({ question_id: 'qst', by: asked.by }, answers);
        expect({ ...merged, cells: sortedCells(merged.cells) }).toEqual({
          ...expected,
          question_id: 'qst',
          cells: sortedCells(expected?.cells ?? []),
        });
      } finally {
        for (const one of books) one.close();
      }
    }),
    { numRuns: 25 },
  );
});

test('books that do not answer leave a part, and say why', () => {
  const empty = { covered_from: null, approximate: false, rows: 0, last_seq: 0, cells: [] };
  const ok = { question_id: 'q', outcome: 'complete' as const, ...empty };
  const failed = { question_id: 'q', outcome: 'failed' as const, message: 'the deadline came first', ...empty };
  expect(mergeAnswers({ question_id: 'q', by: [] }, [ok, failed])).toMatchObject({ outcome: 'partial', message: failed.message });
  expect(mergeAnswers({ question_id: 'q', by: [] }, [failed, failed])).toMatchObject({ outcome: 'failed' });
});
