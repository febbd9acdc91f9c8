import { used, wanted } from './demand.ts';
import {
  accountOf,
  type BookAccount,
  type BookTask,
  type BookWindow,
  currentWindow,
  type Hold,
  type HoldRefusal,
  isStale,
  type Moment,
  type NodeBook,
  type Want,
} from './node-book.ts';
import { drain } from './node-give-back.ts';
import { available, holdAll, settle } from './node-slice.ts';
import { requestAnswer, serveWaiters } from './node-waiting.ts';

export type HoldOutcome =
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'refused'; readonly refusal: HoldRefusal };

export interface HoldRequest {
  readonly id: string;
  readonly wants: readonly Want[];
  /** How long it may wait for rights; 0: not at all. */
  readonly waitMs: number;
}

const waitersAtMost = 1000;

/**
 * Holds everything that an attempt needs, or nothing. Where rights run short and the centre may have some, the request
 * waits: `held` or `refused` with its id follows as a task. Hot path: memory only.
 */
export function hold(book: NodeBook, request: HoldRequest, now: Moment, tasks: BookTask[]): HoldOutcome {
  const { wants } = request;
  for (const want of wants) {
    // What is more than all there can be is never granted, however much is asked for.
    if (want.amount <= want.limit) wanted(accountOf(book, want.quota, want.subject, now.monoMs).demand, want.amount, now.monoMs);
  }
  const held = tryHold(book, wants, now);
  if (held) return { kind: 'held', hold: held };
  const short = shortOf(book, wants, now);
  const known = short && knownRefusal(book, short, now);
  if (known) {
    if (known.reason === 'unreachable') requestAnswer(book, now, tasks);
    return { kind: 'refused', refusal: known };
  }
  if (short && (request.waitMs === 0 || book.waiters.length >= waitersAtMost)) {
    return { kind: 'refused', refusal: refusalOf(short.want, short.window, 'in_flight') };
  }
  book.waiters.push({ id: request.id, wants, untilMs: now.monoMs + request.waitMs, askedNo: 0 });
  requestAnswer(book, now, tasks);
  return { kind: 'waiting' };
}

/** All of it, in one step, or undefined. */
export function tryHold(book: NodeBook, wants: readonly Want[], now: Moment): Hold | undefined {
  if (book.isFenced || isStale(book, now)) return undefined;
  const windows: BookWindow[] = [];
  for (const want of wants) {
    const window = usableWindow(book, want, now);
    if (!window || available(window.slice) + overdraftOf(book, window, want) < want.amount) return undefined;
    windows.push(window);
  }
  windows.forEach((window, at) => {
    const amount = wants[at]?.amount ?? 0;
    window.overdrawn += Math.max(0, amount - Math.max(0, available(window.slice)));
    window.slice = { ...window.slice, held: window.slice.held + amount };
  });
  return { wins: windows.map(({ win }) => win), amounts: wants.map(({ amount }) => amount), isOpen: true };
}

function usableWindow(book: NodeBook, want: Want, now: Moment): BookWindow | undefined {
  if (want.strict && !book.isTrusted) return undefined;
  const account = book.accounts.get(want.quota)?.get(want.subject);
  const window = account && currentWindow(account, now.wallMs);
  return window?.isKept && window.draining === null ? window : undefined;
}

/** Counted over the life of the process, so that one outage after the other does not add up. */
function overdraftOf(book: NodeBook, window: BookWindow, want: Want): number {
  if (!book.isAway || want.overdraft === 0) return 0;
  const below = Math.max(0, -available(window.slice));
  return Math.max(0, want.overdraft - Math.max(window.overdrawn, below) + below);
}

/**
 * A request under way holds more of the same windows, in all of them or in none; a window that ended meanwhile still
 * serves it. False: too little is left.
 */
export function extend(book: NodeBook, held: Hold, more: readonly number[]): Hold | undefined {
  if (!held.isOpen || book.isFenced) return undefined;
  const windows = held.wins.flatMap((win) => book.windows.get(win) ?? []);
  if (windows.length < held.wins.length || windows.some(({ draining }) => draining === 'closed')) return undefined;
  const slices = holdAll(
    windows.map(({ slice }) => slice),
    more,
  );
  if (!slices) return undefined;
  windows.forEach((window, at) => {
    window.slice = slices[at] ?? window.slice;
  });
  held.isOpen = false;
  return { wins: held.wins, amounts: held.amounts.map((amount, at) => amount + (more[at] ?? 0)), isOpen: true };
}

/** The attempt ended: `actual[i]` takes the place of what was held of `wins[i]`. */
export function settleHold(book: NodeBook, held: Hold, actual: readonly number[], now: Moment, tasks: BookTask[]): void {
  if (!held.isOpen) return;
  held.isOpen = false;
  let isFreed = false;
  held.wins.forEach((win, at) => {
    const window = book.windows.get(win);
    if (!window) return;
    const amount = held.amounts[at] ?? 0;
    const spent = actual[at] ?? 0;
    window.slice = settle(window.slice, amount, spent);
    used(window.account.demand, spent);
    isFreed ||= spent < amount;
    if (window.draining) drain(window, tasks);
  });
  if (isFreed && book.waiters.length > 0) serveWaiters(book, now, tasks);
}

interface Short {
  readonly want: Want;
  readonly account: BookAccount;
  readonly window: BookWindow | undefined;
}

/** The first want that does not fit. */
export function shortOf(book: NodeBook, wants: readonly Want[], now: Moment): Short | undefined {
  for (const want of wants) {
    const account = accountOf(book, want.quota, want.subject, now.monoMs);
    const window = usableWindow(book, want, now);
    if (book.isFenced || !window || isStale(book, now) || available(window.slice) < want.amount) return { want, account, window };
  }
  return undefined;
}

function knownRefusal(book: NodeBook, { want, account, window }: Short, now: Moment): HoldRefusal | undefined {
  if (book.isFenced) return refusalOf(want, window, 'fenced');
  const limit = window?.limit ?? want.limit;
  if (want.amount > limit) return refusalOf(want, window, limit === 0 ? 'exceeded' : 'too_small');
  const { dry } = account;
  if (dry && now.monoMs < dry.untilMs && want.amount >= dry.amount) return refusalOf(want, window, dry.reason);
  return book.isAway ? refusalOf(want, window, 'unreachable') : undefined;
}

export function refusalOf(want: Want, window: BookWindow | undefined, reason: HoldRefusal['reason']): HoldRefusal {
  const fits = window ? Math.max(0, available(window.slice)) + window.left + window.recallable : 0;
  const endsAtMs = window && window.endsAtMs !== Number.POSITIVE_INFINITY ? window.endsAtMs : null;
  return { reason, quota: want.quota, subject: want.subject, fits, limit: window?.limit ?? want.limit, endsAtMs };
}
