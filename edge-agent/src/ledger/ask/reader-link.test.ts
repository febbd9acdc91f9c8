import type { StatsQuestion } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { InProcessBooks } from '../test/in-process-books.ts';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { newRow } from '../test/rows.ts';

const startMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;

function question(own: Partial<StatsQuestion> = {}): StatsQuestion {
  const filter = { group_ids: null, key_ids: null, user_ids: null, services: null };
  const edges = [new Date(startMs).toISOString(), new Date(startMs + dayMs).toISOString()];
  return { question_id: 'qst_1', edges, by: [], filter, deadline_ms: 5000, ...own };
}

describe('a question to the ledger', () => {
  it('includes every row whose settlement was answered before', async () => {
    const { ledger } = await openTestLedger();
    for (let count = 1; count <= 40; count += 1) {
      await ledger.settle(newRow());
      if (count % 7 === 0) await ledger.rollUp();
      const { cells, rows, last_seq: lastSeq } = await ledger.ask(question());
      expect([cells[0]?.requests, rows, lastSeq]).toEqual([count, count, count]);
    }
  });

  it('is answered for empty books', async () => {
    const { ledger } = await openTestLedger();
    expect(await ledger.ask(question())).toEqual({
      question_id: 'qst_1',
      outcome: 'complete',
      covered_from: null,
      approximate: false,
      rows: 0,
      last_seq: 0,
      cells: [],
    });
  });

  it('is answered with no cell when its filter names nobody', async () => {
    const { ledger } = await openTestLedger();
    await ledger.settle(newRow());
    const filter = { group_ids: [], key_ids: null, user_ids: null, services: null };
    expect(await ledger.ask(question({ filter }))).toMatchObject({ outcome: 'complete', cells: [] });
  });

  it('fails, and says why, when its edges do not ascend', async () => {
    const { ledger } = await openTestLedger();
    const edges = [new Date(startMs).toISOString(), new Date(startMs).toISOString()];
    expect(await ledger.ask(question({ edges }))).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('ascending'),
    });
  });

  it('is answered in part at its deadline', () => {
    const books = new InProcessBooks(newDataDir());
    for (let day = 0; day < 20; day += 1) books.settle([newRow({ endedAtMs: startMs + day * dayMs })]);
    books.rollUp();
    const edges = [new Date(startMs).toISOString(), new Date(startMs + 20 * dayMs).toISOString()];
    let looks = 0;
    const answer = books.ask({ edges }, () => {
      looks += 1;
      return looks > 8;
    });
    expect(answer).toMatchObject({ outcome: 'partial', message: expect.stringContaining('deadline') });
    expect(answer.rows).toBeGreaterThan(0);
    expect(answer.rows).toBeLessThan(20);
    expect(books.ask({ edges })).toMatchObject({ outcome: 'complete', rows: 20 });
    books.close();
  });

  it('waits its turn behind others, and is refused when too many wait', async () => {
    const { ledger } = await openTestLedger();
    await ledger.settle(newRow());
    const answers = await Promise.all(Array.from({ length: 100 }, () => ledger.ask(question())));
    const complete = answers.filter(({ outcome }) => outcome === 'complete');
    expect(complete).toHaveLength(34);
    for (const { cells } of complete) expect(cells[0]?.requests).toBe(1);
    expect(answers.find(({ outcome }) => outcome === 'failed')?.message).toContain('too many questions');
  });

  it('does not hold up settlement while it reads many rows', async () => {
    const { ledger } = await openTestLedger();
    const rows = Array.from({ length: 20_000 }, (_, at) => newRow({ endedAtMs: startMs + at * 1000, keyId: `key_${at % 50}` }));
    await Promise.all(rows.map((row) => ledger.settle(row)));
    await ledger.rollUp();
    const edges = Array.from({ length: 200 }, (_, at) => new Date(startMs + 17 + at * 90_000).toISOString());
    const asked = ledger.ask(question({ edges, by: ['bucket', 'key'] }));
    let answered = false;
    void asked.then(() => {
      answered = true;
    });
    let settled = 0;
    while (!answered) {
      await ledger.settle(newRow());
      settled += 1;
    }
    expect(settled).toBeGreaterThan(3);
    expect(await asked).toMatchObject({ outcome: 'complete', approximate: false });
  });

  it('is told that the node stops', async () => {
    const { ledger } = await openTestLedger();
    const asked = ledger.ask(question());
    await ledger.close();
    expect(['complete', 'failed']).toContain((await asked).outcome);
    expect(await ledger.ask(question())).toMatchObject({ outcome: 'failed', message: 'the node is stopping' });
  });
});
