import { expect, it } from 'vitest';
import { sliceReport, windowWish } from '../edge/settle.ts';
import { ask } from './node-ask.ts';
import type { BookTask, NodeBook } from './node-book.ts';
import { openBook } from './node-book.ts';
import { extend, hold, settleHold } from './node-hold.ts';
import { takeNews } from './node-news.ts';

const at = (ms: number) => ({ monoMs: ms, wallMs: ms });
const rights = {
  win: 1,
  quota: 'q',
  subject: '',
  starts_at: null,
  ends_at: null,
  granted: 100,
  returned: 0,
  spent: 0,
  receipt: null,
  epoch: 'e',
};
const want = { quota: 'q', subject: '', amount: 60, limit: 1000, strict: false, overdraft: 0 };

function newBook(): NodeBook {
  const contact = { ...at(0), holdMs: 3_600_000 };
  return openBook({ slices: [rights], contact, sameBoot: true, now: at(0), coverMs: 3_600_000 });
}

function held(book: NodeBook, amount: number, nowMs = 0, tasks: BookTask[] = []) {
  return hold(book, { id: String(amount), wants: [{ ...want, amount }], waitMs: 300 }, at(nowMs), tasks);
}

it('holds what fits and lets the rest wait until a hold ends', () => {
  const book = newBook();
  const first = held(book, 60);
  if (first.kind !== 'held') throw new Error('not held');
  const asks: BookTask[] = [];
  expect(held(book, 50, 0, asks).kind).toBe('waiting');
  expect(asks).toEqual([{ kind: 'ask' }]);
  const tasks: BookTask[] = [];
  settleHold(book, first.hold, [10], at(5), tasks);
  expect(tasks).toMatchObject([{ kind: 'held', id: '50' }]);
  expect(book.windows.get(1)?.slice).toMatchObject({ spent: 10, held: 50 });
});

it('settles a hold once', () => {
  const book = newBook();
  const first = held(book, 60);
  held(book, 30);
  if (first.kind !== 'held') throw new Error('not held');
  settleHold(book, first.hold, [10], at(5), []);
  settleHold(book, first.hold, [10], at(6), []);
  expect(book.windows.get(1)?.slice).toMatchObject({ spent: 10, held: 30 });
});

it('holds more for a stream piece by piece, while there is some', () => {
  const book = newBook();
  const first = held(book, 60);
  if (first.kind !== 'held') throw new Error('not held');
  const longer = extend(book, first.hold, [40]);
  expect(longer?.amounts).toEqual([100]);
  expect(longer && extend(book, longer, [1])).toBeUndefined();
});

it('refuses at once what is more than the whole limit', () => {
  expect(held(newBook(), 1001)).toMatchObject({ kind: 'refused', refusal: { reason: 'too_small', fits: 100, limit: 1000 } });
});

it('refuses who waited too long, and everybody when the rights are old', () => {
  const book = newBook();
  held(book, 150);
  expect(takeNews(book, { kind: 'tick' }, at(300))).toMatchObject([
    { kind: 'refused', refusal: { reason: 'unreachable' } },
    { kind: 'ask' },
  ]);
  expect(held(book, 10, 3_600_001).kind).toBe('waiting');
  expect(held(book, 10, 3_600_000).kind).toBe('held');
});

it('says something before its rights end, though it has nothing to say', () => {
  const book = newBook();
  book.hasRows = false;
  const window = book.windows.get(1);
  if (window) window.told = { granted: 100, returned: 0, spent: 0 };
  expect(takeNews(book, { kind: 'tick' }, at(29_000))).toEqual([]);
  expect(takeNews(book, { kind: 'tick' }, at(30_000))).toEqual([{ kind: 'ask' }]);
});

it('gives back what two seconds do not need, and all of it when it is asked again at once', () => {
  const book = newBook();
  const window = book.windows.get(1);
  if (!window) throw new Error('no window');
  Object.assign(window, { left: 5 });
  Object.assign(window.account.demand, { rate: 0.01, sinceMs: -36_000_000 });
  const recall = { kind: 'recall', wins: [1] } as const;
  expect(takeNews(book, recall, at(100))).toEqual([{ kind: 'keep_returns', returns: [{ win: 1, returned: 80 }] }]);
  expect(takeNews(book, recall, at(200))).toEqual([{ kind: 'keep_returns', returns: [{ win: 1, returned: 100 }] }]);
});

it('returns idle rights after a minute, when the centre is there to take them', () => {
  const book = newBook();
  expect(takeNews(book, { kind: 'tick' }, at(60_000))).toEqual([{ kind: 'ask' }]);
  book.lastAnsweredNo = 1;
  Object.assign(book.windows.get(1)?.account.demand ?? {}, { largest: 10 });
  const tasks = takeNews(book, { kind: 'tick' }, at(60_000));
  expect(tasks).toMatchObject([{ kind: 'keep_returns', returns: [{ win: 1, returned: 80 }] }, { kind: 'ask' }]);
});

it('asks for cover of the whole node, of which it is one book of several', () => {
  const targets = [1, 2].map((booksOfNode) => {
    const book = openBook({ slices: [rights], contact: null, sameBoot: true, now: at(0), coverMs: 3_600_000, booksOfNode });
    Object.assign(book.windows.get(1)?.account.demand ?? {}, { largest: 10, rate: 1, sinceMs: -36_000_000 });
    return ask(book, { seq: 0, spent: new Map() }, at(0))?.slices[0]?.target;
  });
  expect(targets).toEqual([4_500_020, 9_000_020]);
});

const grant = { win: 1, granted: 100, limit: 1000, left: 0, recall: false, closed: false, receipt: 'r' };

/** Asks and is answered 10 ms later; answers what was asked, and what is to be done. */
function askAndTake(book: NodeBook, nowMs: number, more: { readonly left?: number; readonly recallable?: number } = {}) {
  const question = ask(book, { seq: 1, spent: new Map() }, at(nowMs));
  if (!question) throw new Error('nothing was asked');
  const said = { status: 'ok', acked: 1, epoch: 'e', learning: false, recalling: false, report_s: 1, hold_s: 3600 } as const;
  const center = { center_time: '2026-11-21T09:00:00Z', opened: [], refused: [], shares: [], audit: null };
  const answer = { ...said, ...center, grants: [{ ...grant, ...more }] };
  return { question, tasks: takeNews(book, { kind: 'answered', question, answer }, at(nowMs + 10)) };
}

it.each([
  [500, 110],
  [499, 1000],
])('with %i rows left to settle asks again after %i ms', (rowsLeft, dueMs) => {
  const book = newBook();
  book.hasRows = true;
  const question = ask(book, { seq: 1000 + rowsLeft, spent: new Map() }, at(0));
  if (!question) throw new Error('nothing was asked');
  const said = { status: 'ok', acked: 1000, epoch: 'e', learning: false, recalling: false, report_s: 1, hold_s: 3600 } as const;
  const center = { center_time: '2026-11-21T09:00:00Z', opened: [], refused: [], shares: [], audit: null };
  takeNews(book, { kind: 'answered', question, answer: { ...said, ...center, grants: [grant] } }, at(10));
  takeNews(book, { kind: 'rows_kept' }, at(10));
  expect(takeNews(book, { kind: 'tick' }, at(dueMs - 1))).toEqual([]);
  expect(takeNews(book, { kind: 'tick' }, at(dueMs))).toEqual([{ kind: 'ask' }]);
});

it('asks for cover in the second after a mere report was answered', () => {
  const book = newBook();
  const { demand } = book.windows.get(1)?.account ?? {};
  if (!demand) throw new Error('no window');
  const targetsAt = (nowMs: number) => askAndTake(book, nowMs).question.slices.map(({ target }) => target);
  expect(targetsAt(0)).toEqual([0]);
  demand.largest = 500;
  expect(targetsAt(1000)).toEqual([1000]);
  expect(targetsAt(2000)).toEqual([]);
});

it('lasts for its whole cover, whenever the centre goes away', () => {
  const [beforeMs, everyMs, amount] = [600_000, 500, 20];
  const room = { ...grant, limit: 1e12, left: 1e12 };
  const lastedMs = (awayMs: number): number => {
    const book = newBook();
    let granted = 100;
    for (let nowMs = everyMs; ; nowMs += everyMs) {
      const tasks: BookTask[] = [];
      // Now twice as much, now nothing: a rate is not even.
      const used = nowMs % 7_000 < 3_500 ? amount * 2 : 0;
      const taken = hold(book, { id: 'x', wants: [{ ...want, amount: used, limit: 1e12 }], waitMs: 300 }, at(nowMs), tasks);
      if (taken.kind === 'held') settleHold(book, taken.hold, [used], at(nowMs), tasks);
      else if (nowMs > awayMs) return nowMs - awayMs;
      else takeNews(book, { kind: 'tick' }, at(nowMs + 300));
      if (nowMs > awayMs || nowMs % 1000 !== 0) continue;
      const { spent } = book.windows.get(1)?.slice ?? { spent: 0 };
      book.hasRows = true;
      const question = ask(book, { seq: 1, spent: new Map([[1, spent]]) }, at(nowMs));
      const [report] = question?.slices ?? [];
      if (!question) continue;
      granted = Math.max(granted, (report?.spent ?? 0) + Math.max(report?.target ?? 0, report?.need ?? 0));
      const said = {
        status: 'ok',
        acked: 1,
        epoch: 'e',
        learning: false,
        recalling: false,
        report_s: 1,
        hold_s: 86_400,
      } as const;
      const center = { center_time: '2026-11-21T09:00:00Z', opened: [], refused: [], shares: [], audit: null };
      takeNews(
        book,
        { kind: 'answered', question, answer: { ...said, ...center, grants: [{ ...room, granted }] } },
        at(nowMs + 10),
      );
    }
  };
  for (let phaseMs = 0; phaseMs < 1_800_000; phaseMs += 200_000)
    expect(lastedMs(beforeMs + phaseMs), `${phaseMs}`).toBeGreaterThanOrEqual(3_600_000);
});

it('uses a window again that a clock which ran ahead had ended, and forgets it only when the centre is past it', () => {
  const ends_at = '2026-11-21T10:00:00Z';
  const endsAtMs = Date.parse(ends_at);
  const clock = (wallMs: number, monoMs: number) => ({ wallMs, monoMs });
  const contact = { ...clock(endsAtMs - 60_000, 0), holdMs: 3_600_000 };
  const book = openBook({ slices: [{ ...rights, ends_at }], contact, sameBoot: true, now: contact, coverMs: 1000 });
  const settle = (monoMs: number, wallMs: number, center_time: string) => {
    book.hasRows = true;
    const question = ask(book, { seq: 1, spent: new Map() }, clock(wallMs, monoMs));
    if (!question) throw new Error('nothing was asked');
    const said = { status: 'ok', acked: 1, epoch: 'e', learning: false, recalling: false, report_s: 1, hold_s: 3600 } as const;
    const answer = { ...said, center_time, grants: [grant], opened: [], refused: [], shares: [], audit: null };
    takeNews(book, { kind: 'answered', question, answer }, clock(wallMs, monoMs + 10));
  };
  takeNews(book, { kind: 'tick' }, clock(endsAtMs + 1, 100));
  takeNews(book, { kind: 'returns_kept', returns: [{ win: 1, returned: 100 }] }, clock(endsAtMs + 1, 101));
  expect(book.windows.get(1)?.draining).toBe('ended');
  settle(200, endsAtMs + 100, '2026-11-21T09:59:00Z');
  expect(book.windows.has(1)).toBe(true);
  takeNews(book, { kind: 'tick' }, clock(endsAtMs - 58_000, 300));
  expect(book.windows.get(1)?.draining).toBeNull();
  takeNews(book, { kind: 'tick' }, clock(endsAtMs + 1, 60_000));
  settle(60_100, endsAtMs + 100, '2026-11-21T10:00:01Z');
  expect(book.windows.has(1)).toBe(false);
});

it('says what would fit with what others could give back, and forgets it with the refusal', () => {
  const book = newBook();
  askAndTake(book, 0, { left: 30 });
  expect(held(book, 500, 100).kind).toBe('waiting');
  const { tasks } = askAndTake(book, 100, { left: 30, recallable: 20 });
  expect(tasks).toContainEqual(expect.objectContaining({ kind: 'refused', refusal: expect.objectContaining({ fits: 150 }) }));
  book.hasRows = true;
  askAndTake(book, 200, { left: 30 });
  expect(held(book, 500, 300)).toMatchObject({ kind: 'refused', refusal: { reason: 'exceeded', fits: 150 } });
  askAndTake(book, 5000, { left: 30 });
  expect(held(book, 1001, 5100)).toMatchObject({ kind: 'refused', refusal: { reason: 'too_small', fits: 130 } });
});

it('wishes for no more because of a request that no limit could ever hold', () => {
  const book = newBook();
  held(book, 10);
  const before = ask(structuredClone(book), { seq: 0, spent: new Map() }, at(2_000))?.slices;
  expect(held(book, Number.MAX_SAFE_INTEGER).kind).toBe('refused');
  expect(ask(book, { seq: 0, spent: new Map() }, at(2_000))?.slices).toEqual(before);
});

it('asks in numbers that the centre can read, however much is wanted', () => {
  const book = newBook();
  held(book, 60);
  const huge = { ...want, amount: Number.MAX_SAFE_INTEGER, limit: Number.MAX_SAFE_INTEGER };
  for (const quota of ['q', 'q', 'other', 'other'])
    expect(hold(book, { id: quota, wants: [{ ...huge, quota }], waitMs: 300 }, at(1), []).kind).toBe('waiting');
  const question = ask(book, { seq: 0, spent: new Map() }, at(2_000));
  expect(question?.slices).toHaveLength(1);
  expect(question?.open).toHaveLength(1);
  for (const report of question?.slices ?? []) expect(sliceReport.safeParse(report).success).toBe(true);
  for (const wish of question?.open ?? []) expect(windowWish.safeParse(wish).success).toBe(true);
});
