import type { SliceReport, WindowWish } from '../edge/settle.ts';
import {
  type BookAccount,
  type BookQuestion,
  type BookWindow,
  currentWindow,
  enoughIn,
  type Moment,
  type NodeBook,
  targetIn,
} from './node-book.ts';
import { available } from './node-slice.ts';

const reportsAtMost = 2000;
const wishesAtMost = 500;
const prefetchMs = 120_000;
const usedLatelyMs = 24 * 60 * 60_000;

/** What the ledger has when the question is put: `spent` of every window by the rows up to the batch, or else to the last acknowledged one. */
export interface LedgerState {
  readonly seq: number;
  readonly spent: ReadonlyMap<number, number>;
}

/** Puts the question that a task `ask` wanted. Undefined: one is under way, or these books are over. */
export function ask(book: NodeBook, ledger: LedgerState, now: Moment): BookQuestion | undefined {
  if (book.asking > 0 || book.isFenced) return undefined;
  book.lastNo += 1;
  book.asking = book.lastNo;
  book.askAtMs = now.monoMs + book.reportMs;
  book.hasRows = false;
  const needs = needsOf(book, now);
  const slices: SliceReport[] = [];
  for (const window of book.windows.values()) {
    const report = reportOf(book, window, needs.byWindow.get(window) ?? 0, ledger, now);
    if (report && slices.length < reportsAtMost) slices.push(report);
  }
  return { no: book.lastNo, sentAt: now, epoch: book.epoch, seq: ledger.seq, slices, open: wishesOf(book, needs.byAccount, now) };
}

/** How much more the first waiters need, all together. */
function needsOf(book: NodeBook, now: Moment): { byWindow: Map<BookWindow, number>; byAccount: Map<BookAccount, number> } {
  const byWindow = new Map<BookWindow, number>();
  const byAccount = new Map<BookAccount, number>();
  for (const waiter of book.waiters.slice(0, book.askFor)) {
    waiter.askedNo ||= book.asking;
    for (const { quota, subject, amount } of waiter.wants) {
      const account = book.accounts.get(quota)?.get(subject);
      if (!account) continue;
      const window = currentWindow(account, now.wallMs);
      // A closed one may be one that the centre lost and another took the place of: it is asked which is in force.
      if (window?.draining === null) byWindow.set(window, (byWindow.get(window) ?? 0) + amount);
      else byAccount.set(account, (byAccount.get(account) ?? 0) + amount);
    }
  }
  for (const [window, amount] of byWindow) byWindow.set(window, count(amount - available(window.slice)));
  for (const [account, amount] of byAccount) byAccount.set(account, count(amount));
  return { byWindow, byAccount };
}

function reportOf(book: NodeBook, window: BookWindow, need: number, ledger: LedgerState, now: Moment): SliceReport | undefined {
  const { slice, returnedKept, told, win } = window;
  const spent = Math.min(slice.spent, ledger.spent.get(win) ?? Math.max(0, told.spent));
  const needed = window.draining ? 0 : need;
  const target = wishedFor(book, window, now);
  const isNews = told.returned !== returnedKept || told.spent !== spent || (window.draining && told.granted !== slice.granted);
  // Until the centre is past its end, too, it is told again: then it can be forgotten.
  const isLeaving = window.draining === 'ended' && now.monoMs >= window.contentUntilMs;
  if (!isNews && !isLeaving && needed === 0 && target === 0) return undefined;
  return {
    win,
    granted: slice.granted,
    returned: returnedKept,
    spent,
    held: slice.held,
    need: needed,
    target: target === 0 ? 0 : count(target + slice.held + slice.spent - spent),
    ...(window.epoch === book.epoch || window.receipt === null
      ? { receipt: null }
      : { receipt: window.receipt, receipt_epoch: window.epoch }),
  };
}

/** As the wire has counts: one that is none would spoil the question for everybody. */
function count(amount: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(amount)));
}

/** Beyond what is held; 0: it has enough. Whenever the centre goes away, what is here lasts for the cover. */
function wishedFor(book: NodeBook, window: BookWindow, now: Moment): number {
  if (window.draining || now.monoMs < window.contentUntilMs) return 0;
  const hasEnough = available(window.slice) >= enoughIn(book, window.account, now.monoMs);
  return hasEnough ? 0 : targetIn(book, window.account, now.monoMs);
}

function wishesOf(book: NodeBook, needs: ReadonlyMap<BookAccount, number>, now: Moment): readonly WindowWish[] {
  const wishes: WindowWish[] = [];
  for (const [account, need] of needs) {
    const target = targetIn(book, account, now.monoMs);
    wishes.push({ quota: account.quota, subject: account.subject, next: false, need, target });
  }
  for (const account of endingSoon(book, now)) {
    const target = targetIn(book, account, now.monoMs);
    wishes.push({ quota: account.quota, subject: account.subject, next: true, need: 0, target });
  }
  return wishes.slice(0, wishesAtMost);
}

/** So that the next window can be used the moment it begins, though the centre be away by then. */
export function endingSoon(book: NodeBook, now: Moment): readonly BookAccount[] {
  const found: BookAccount[] = [];
  for (const window of book.windows.values()) {
    const leftMs = window.endsAtMs - now.wallMs;
    const { account } = window;
    if (
      now.wallMs < window.startsAtMs ||
      leftMs <= 0 ||
      leftMs > Math.max(prefetchMs, book.coverMs) ||
      now.monoMs - account.demand.lastAtMs > usedLatelyMs
    )
      continue;
    if (!account.windows.some((other) => other.startsAtMs >= window.endsAtMs)) found.push(account);
  }
  return found;
}

const silentMs = 30_000;

/** Rights last from the last contact; and a centre that was restored must hear of it from those that have nothing new, too. */
function isLongSilent({ contact, windows }: NodeBook, now: Moment): boolean {
  return windows.size > 0 && (contact === null || now.monoMs - contact.monoMs >= Math.min(silentMs, contact.holdMs / 4));
}

/** Whether there is something to tell or to wish for. */
export function hasNews(book: NodeBook, now: Moment): boolean {
  if (book.hasRows || book.waiters.length > 0 || isLongSilent(book, now)) return true;
  for (const window of book.windows.values()) {
    const { told, slice, returnedKept } = window;
    if (told.returned !== returnedKept || told.spent !== slice.spent) return true;
    if (window.draining && told.granted !== slice.granted) return true;
    if (wishedFor(book, window, now) > 0) return true;
  }
  return endingSoon(book, now).length > 0;
}
