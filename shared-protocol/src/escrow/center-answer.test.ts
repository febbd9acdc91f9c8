import { expect, it } from 'vitest';
import { answerWindow, type WindowTerms } from './center-answer.ts';
import { closeSlice, emptyCenterSlice, newCenterWindow, takeReport } from './center-window.ts';

const terms: WindowTerms = { books: 'a', nowMs: 1000, endsAtMs: null, sharers: 1, reserve: 0, learning: false, shortage: null };
const nothing = { granted: 0, returned: 0, spent: 0, proven: 0 };
const empty = { window: newCenterWindow(100), slice: emptyCenterSlice };

it('grants the same question once, however often it comes', () => {
  const wish = { need: 40, target: 0, granted: 0 };
  const first = answerWindow(empty, nothing, wish, terms);
  const second = answerWindow(first.pair, nothing, wish, terms);
  expect([first.grant.granted, second.grant.granted]).toEqual([40, 40]);
});

it('meets a need whole or not at all, and recalls when others have unspent rights', () => {
  const others = { ...newCenterWindow(100), granted: 70 };
  const short = answerWindow({ window: others, slice: emptyCenterSlice }, nothing, { need: 40, target: 0, granted: 0 }, terms);
  expect(short).toMatchObject({
    recalling: true,
    exhausted: false,
    grant: { granted: 0, left: 30 },
    shortage: { books: 'a', amount: 40 },
  });
  const spent = { ...others, spent: 70 };
  const over = answerWindow({ window: spent, slice: emptyCenterSlice }, nothing, { need: 40, target: 0, granted: 0 }, terms);
  expect(over).toMatchObject({ recalling: false, exhausted: true, shortage: null });
});

it('tells what others could give back only to who did not get what it needs', () => {
  const pair = { window: { ...newCenterWindow(100), granted: 70 }, slice: emptyCenterSlice };
  const asked = (need: number) =>
    answerWindow(pair, nothing, { need, target: 0, granted: 0 }, { ...terms, recallable: 20 }).grant.recallable;
  expect([0, 30, 31, 101].map(asked)).toEqual([undefined, undefined, 20, 20]);
});

it('does not refill while a request waits elsewhere, but meets its own needs', () => {
  const shortage = { books: 'b', amount: 50, untilMs: 2000 };
  expect(answerWindow(empty, nothing, { need: 0, target: 80, granted: 0 }, { ...terms, shortage }).grant.granted).toBe(0);
  expect(answerWindow(empty, nothing, { need: 5, target: 80, granted: 0 }, { ...terms, shortage }).grant.granted).toBe(5);
  expect(
    answerWindow(empty, nothing, { need: 0, target: 80, granted: 0 }, { ...terms, shortage, nowMs: 2000 }).grant.granted,
  ).toBe(50);
});

it('grants nothing of an ended window, and nothing before a restored centre has heard', () => {
  const wish = { need: 10, target: 10, granted: 0 };
  expect(answerWindow(empty, nothing, wish, { ...terms, endsAtMs: 1000 }).grant.granted).toBe(0);
  const learning = answerWindow(empty, nothing, wish, { ...terms, learning: true });
  expect([learning.grant.granted, learning.recalling]).toEqual([0, true]);
});

it('asks back what is promised beyond a lowered limit', () => {
  const pair = { window: { ...newCenterWindow(50), granted: 80 }, slice: { ...emptyCenterSlice, granted: 80 } };
  const heard = { ...nothing, granted: 80 };
  expect(answerWindow(pair, heard, { need: 0, target: 0, granted: 80 }, terms).grant).toMatchObject({ recall: true, left: 0 });
});

it('keeps a slice closed when a receipt proves a grant that was lost before it was closed', () => {
  const granted = { window: { ...newCenterWindow(10), granted: 6 }, slice: { ...emptyCenterSlice, granted: 6 } };
  const after = takeReport(closeSlice(granted), { granted: 7, returned: 0, spent: 0, proven: 7 });
  expect(after.slice).toEqual({ granted: 7, returned: 7, spent: 0, closed: true });
  expect(takeReport(after, { granted: 7, returned: 7, spent: 0, proven: 0 }).slice.closed).toBe(false);
});
