import type { SettleAnswer } from '../edge/settle.ts';
import { isOfThePast } from './learning.ts';
import { hasNews } from './node-ask.ts';
import {
  addWindow,
  type BookNews,
  type BookQuestion,
  type BookTask,
  type BookWindow,
  forgetWhatWasTold,
  type KeptGrant,
  type Moment,
  type NodeBook,
} from './node-book.ts';
import { drain, giveBackOnRecall, giveBackWhenIdle } from './node-give-back.ts';
import { takeGrant, unspent } from './node-slice.ts';
import { judgeWaiters, refuseAll, refuseLate, requestAnswer, serveWaiters } from './node-waiting.ts';
import { isOlderThanSettled } from './stream.ts';

const retryMs = { first: 1000, most: 15_000 };
const contentMs = 5000;
/** As many as one batch holds. */
const farBehindRows = 500;
const shortestPauseMs = 100;

/** Everything besides requests that happens to a book. The tasks are to be done in their order. */
export function takeNews(book: NodeBook, news: BookNews, now: Moment): readonly BookTask[] {
  const tasks: BookTask[] = [];
  switch (news.kind) {
    case 'answered':
      takeAnswer(book, news.question, news.answer, now, tasks);
      break;
    case 'unanswered':
      loseAnswer(book, news.question, news.jitter, now, tasks);
      break;
    case 'windows_kept':
      for (const win of news.wins) keepWindow(book, win);
      serveWaiters(book, now, tasks);
      break;
    case 'returns_kept':
      for (const { win, returned } of news.returns) keepReturn(book, win, returned);
      requestAnswer(book, now, tasks);
      break;
    case 'rows_kept':
      book.hasRows = true;
      break;
    case 'recall':
      for (const win of news.wins) recall(book, win, now, tasks);
      break;
    case 'poke':
      for (const subjects of book.accounts.values()) for (const account of subjects.values()) account.dry = null;
      requestAnswer(book, now, tasks);
      break;
    case 'fenced':
      fence(book, 'fenced', now, tasks);
      break;
    case 'tick':
      tick(book, now, tasks);
  }
  return tasks;
}

function takeAnswer(book: NodeBook, question: BookQuestion, answer: SettleAnswer, now: Moment, tasks: BookTask[]): void {
  if (book.asking === question.no) book.asking = 0;
  const isOld = question.no < book.lastAnsweredNo;
  const isOtherEpoch = isOfThePast(question.epoch, answer.epoch);
  if (book.isFenced || (isOld && answer.epoch !== book.epoch)) return;
  if (answer.status === 'fork' || isOlderThanSettled(question, answer.acked)) {
    tasks.push({ kind: 'condemn', reason: answer.status === 'fork' ? 'fork' : 'older than what was settled' });
    fence(book, 'fenced', now, tasks);
    return;
  }
  hear(book, question, answer);
  tasks.push({ kind: 'acknowledge', seq: answer.acked });
  if (answer.status === 'gap') book.hasRows = true;
  if (answer.status === 'ok' && question.seq - answer.acked >= farBehindRows) hurry(book, question, now);
  if (isOtherEpoch) {
    forgetWhatWasTold(book);
    requestAnswer(book, now, tasks);
    return;
  }
  takeOpened(book, answer, now, tasks);
  takeGrants(book, question, answer, now, tasks);
  const isHopeful = answer.recalling || answer.learning;
  judgeWaiters(book, { no: question.no, isMet: isMet(question, answer), isHopeful }, now, tasks);
  for (const { win, recall: isRecalled } of answer.grants) if (isRecalled) recall(book, win, now, tasks);
  forgetFinished(book, question, answer, tasks);
}

/**
 * After an outage the next batch goes as soon as one was taken, with a pause as long as the centre needed: an hour of rows is
 * settled in a minute, and a centre that many nodes come back to sets their pace.
 */
function hurry(book: NodeBook, question: BookQuestion, now: Moment): void {
  const pauseMs = Math.max(shortestPauseMs, now.monoMs - question.sentAt.monoMs);
  book.hasRows = true;
  book.askAtMs = Math.min(book.askAtMs, now.monoMs + pauseMs);
}

function isMet({ slices }: BookQuestion, { grants }: SettleAnswer): boolean {
  const needy = slices.filter(({ need }) => need > 0);
  const met = ({ win, need, granted }: (typeof slices)[number]) =>
    grants.some((grant) => grant.win === win && grant.granted >= granted + need);
  return needy.length > 0 && needy.every(met);
}

function hear(book: NodeBook, question: BookQuestion, answer: SettleAnswer): void {
  book.lastAnsweredNo = Math.max(book.lastAnsweredNo, question.no);
  book.epoch = answer.epoch;
  book.isTrusted = true;
  book.isAway = false;
  book.failures = 0;
  book.isLearning = answer.learning;
  book.reportMs = answer.report_s * 1000;
  if (book.contact === null || question.sentAt.monoMs >= book.contact.monoMs) {
    book.contact = { ...question.sentAt, holdMs: answer.hold_s * 1000 };
  }
}

function takeOpened(book: NodeBook, answer: SettleAnswer, now: Moment, tasks: BookTask[]): void {
  const fresh = answer.opened.filter(({ win }) => !book.windows.has(win));
  for (const opened of fresh) supersede(addWindow(book, opened, now.monoMs), tasks);
  if (fresh.length > 0) tasks.push({ kind: 'keep_windows', epoch: answer.epoch, windows: fresh });
  for (const { quota, subject } of answer.refused) {
    const account = book.accounts.get(quota)?.get(subject);
    if (account) account.dry = { reason: 'unknown', amount: 0, untilMs: now.monoMs + contentMs, times: 1 };
  }
}

/** Another number for the same time of the same budget: the centre lost the first, and found it again after it had given the second. */
function supersede(window: BookWindow, tasks: BookTask[]): void {
  for (const other of window.account.windows) {
    if (other === window || other.startsAtMs !== window.startsAtMs) continue;
    other.draining = 'ended';
    drain(other, tasks);
  }
}

/** Its time is over, or another number stands for it. */
function isPast(window: BookWindow, wallMs: number): boolean {
  const { windows } = window.account;
  return (
    wallMs >= window.endsAtMs ||
    windows.slice(windows.indexOf(window) + 1).some(({ startsAtMs }) => startsAtMs === window.startsAtMs)
  );
}

function takeGrants(book: NodeBook, question: BookQuestion, answer: SettleAnswer, now: Moment, tasks: BookTask[]): void {
  const kept: KeptGrant[] = [];
  for (const grant of answer.grants) {
    const window = book.windows.get(grant.win);
    if (!window) continue;
    const more = grant.granted > window.slice.granted;
    if (grant.granted >= window.slice.granted) Object.assign(window, { receipt: grant.receipt, epoch: answer.epoch });
    const before = window.slice;
    window.slice = takeGrant(before, grant.granted, grant.returned ?? 0);
    keepTaught(window, before.returned, tasks);
    if (more) kept.push({ win: grant.win, granted: grant.granted, receipt: grant.receipt, epoch: answer.epoch });
    if (more || grant.limit !== window.limit) window.account.dry = null;
    Object.assign(window, { limit: grant.limit, left: grant.left });
    window.recallable = grant.recallable ?? (isDry(window, now) ? window.recallable : 0);
    closeOrReopen(window, grant.closed);
    if (window.draining) drain(window, tasks);
    if (window.draining === 'ended' || (!window.draining && !more && askedForMore(question, grant.win)))
      window.contentUntilMs = now.monoMs + contentMs;
  }
  if (kept.length > 0) tasks.push({ kind: 'keep_grants', grants: kept });
  for (const { win, granted, returned, spent } of answer.status === 'gap' ? [] : question.slices) {
    const window = book.windows.get(win);
    if (window) window.told = { granted, returned, spent };
  }
}

/** What is refused meanwhile is refused by what was known then. */
function isDry({ account: { dry } }: BookWindow, now: Moment): boolean {
  return dry !== null && now.monoMs < dry.untilMs;
}

/** An answer to a mere report says nothing about what would have been granted. */
function askedForMore({ slices }: BookQuestion, asked: number): boolean {
  return slices.some(({ win, target }) => win === asked && target > 0);
}

function keepTaught(window: BookWindow, before: number, tasks: BookTask[]): void {
  const { win, slice } = window;
  if (slice.returned > before) tasks.push({ kind: 'keep_returns', returns: [{ win, returned: slice.returned }] });
}

/** Told that it is closed, it stays so until nothing of it is left here, whatever the centre says meanwhile. */
function closeOrReopen(window: BookWindow, isClosed: boolean): void {
  if (isClosed) window.draining ??= 'closed';
  else if (window.draining === 'closed' && unspent(window.slice) <= 0) window.draining = null;
}

/** Ended by the clock of the centre, nothing held, and the centre agrees on every number: no answer speaks of it again. */
function forgetFinished(book: NodeBook, question: BookQuestion, answer: SettleAnswer, tasks: BookTask[]): void {
  const asked = new Set(question.slices.map(({ win }) => win));
  const done = answer.grants.flatMap(({ win, granted }) => {
    const window = book.windows.get(win);
    if (window?.draining !== 'ended' || !asked.has(win) || !isPast(window, Date.parse(answer.center_time))) return [];
    const { slice, told } = window;
    const agrees = granted === slice.granted && told.returned === slice.returned && told.spent === slice.spent;
    return agrees && slice.held === 0 && unspent(slice) === 0 ? [window] : [];
  });
  for (const window of done) {
    book.windows.delete(window.win);
    window.account.windows = window.account.windows.filter((other) => other !== window);
  }
  if (done.length > 0) tasks.push({ kind: 'forget_windows', wins: done.map(({ win }) => win) });
}

/** Full jitter: `jitter` is chance, from 0 to 1. */
function loseAnswer(book: NodeBook, question: BookQuestion, jitter: number, now: Moment, tasks: BookTask[]): void {
  if (book.asking !== question.no) return;
  book.asking = 0;
  book.isAway = true;
  book.hasRows = true;
  book.failures += 1;
  book.askAtMs = now.monoMs + jitter * Math.min(retryMs.most, retryMs.first * 2 ** Math.min(book.failures, 10));
  serveWaiters(book, now, tasks);
  refuseAll(book, 'unreachable', now, tasks);
}

function keepWindow(book: NodeBook, win: number): void {
  const window = book.windows.get(win);
  if (window) window.isKept = true;
}

function keepReturn(book: NodeBook, win: number, returned: number): void {
  const window = book.windows.get(win);
  if (window) window.returnedKept = Math.max(window.returnedKept, returned);
}

function recall(book: NodeBook, win: number, now: Moment, tasks: BookTask[]): void {
  const window = book.windows.get(win);
  if (window) giveBackOnRecall(window, now, tasks);
}

function fence(book: NodeBook, reason: 'fenced', now: Moment, tasks: BookTask[]): void {
  book.isFenced = true;
  refuseAll(book, reason, now, tasks);
}

function tick(book: NodeBook, now: Moment, tasks: BookTask[]): void {
  for (const window of book.windows.values()) {
    const isOver = isPast(window, now.wallMs);
    if (isOver && window.draining !== 'ended') {
      window.draining = 'ended';
      drain(window, tasks);
    }
    // The clock was ahead, and is right again.
    if (!isOver && window.draining === 'ended') window.draining = null;
    if (!window.draining) giveBackWhenIdle(book, window, now, tasks);
  }
  refuseLate(book, now, tasks);
  if (now.monoMs >= book.askAtMs && hasNews(book, now)) requestAnswer(book, now, tasks);
}

/** When the next `tick` is due: a deadline of a waiter, or a question; once a second in any case. */
export function nextTickAtMs(book: NodeBook, now: Moment): number {
  const deadlines = book.waiters.map(({ untilMs }) => untilMs);
  const asksAtMs = book.asking === 0 && book.askAtMs > now.monoMs ? [book.askAtMs] : [];
  return Math.min(now.monoMs + 1000, ...deadlines, ...asksAtMs);
}
