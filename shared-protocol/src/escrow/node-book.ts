import type { OpenedWindow, SettleAnswer, SliceReport, WindowWish } from '../edge/settle.ts';
import { type Demand, enoughOf, newDemand, targetOf } from './demand.ts';
import { emptySlice, type NodeSlice, unspent } from './node-slice.ts';

/**
 * All windows of one ledger file, on its node: a state machine without clock, chance or I/O. A NodeBook belongs to whoever
 * opened it and is changed in place by the functions of `node-*.ts` alone, for the sake of the hot path: what they do and
 * answer follows from the book and their arguments and nothing else. It is plain data: `structuredClone` copies it.
 */
export interface NodeBook {
  readonly coverMs: number;
  /** Books of the same node that are used at once: each can take over from all others. */
  readonly booksOfNode: number;
  /** By quota, then by subject. */
  readonly accounts: Map<string, Map<string, BookAccount>>;
  readonly windows: Map<number, BookWindow>;
  /** Oldest first. */
  readonly waiters: Waiter[];
  /** Newest that was told; "" before the first answer. */
  epoch: string;
  contact: Contact | null;
  /** The centre answered since the book was opened, or the machine did not restart in between. */
  isTrusted: boolean;
  /** The last question was not answered. */
  isAway: boolean;
  failures: number;
  isLearning: boolean;
  isFenced: boolean;
  /** Number of the question under way; 0: none is. */
  asking: number;
  lastNo: number;
  lastAnsweredNo: number;
  askAtMs: number;
  /** For how many waiters the next question asks at once: halved when that was too much. */
  askFor: number;
  /** Rows were written that are not settled. */
  hasRows: boolean;
  reportMs: number;
}

/** Both clocks: `monoMs` never steps but may stop while the machine sleeps, `wallMs` is set right by the centre's. */
export interface Moment {
  readonly monoMs: number;
  readonly wallMs: number;
}

/** The sending of the newest question that was answered. */
export interface Contact extends Moment {
  readonly holdMs: number;
}

export interface BookAccount {
  readonly quota: string;
  readonly subject: string;
  readonly demand: Demand;
  /** Current, next, and ended ones in which requests are still under way. */
  windows: readonly BookWindow[];
  /** What was refused at last need not be asked for again before `untilMs`. */
  dry: {
    readonly reason: HoldRefusal['reason'];
    readonly amount: number;
    readonly untilMs: number;
    readonly times: number;
  } | null;
}

export interface BookWindow {
  readonly win: number;
  readonly account: BookAccount;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  slice: NodeSlice;
  /** The part of `slice.returned` that is durable; no other may be told. */
  returnedKept: number;
  /** On disk, so that rows may name it. */
  isKept: boolean;
  receipt: string | null;
  epoch: string;
  limit: number | null;
  left: number;
  /** What others could give back, when a need was not met of late. */
  recallable: number;
  /** Nothing is admitted, and what is not held goes back. ended: its time is over, as the clock says, or another took its place. */
  draining: 'ended' | 'closed' | null;
  recalledAtMs: number;
  /** No refill is wished for until then. */
  contentUntilMs: number;
  /** Beyond its rights, while the centre was away. */
  overdrawn: number;
  /** What the centre answered to; -1: nothing yet in this epoch. */
  told: { readonly granted: number; readonly returned: number; readonly spent: number };
}

/** A part of what a request needs: `amount` of one budget. */
export interface Want {
  readonly quota: string;
  readonly subject: string;
  readonly amount: number;
  /** As the rule of the quota says. */
  readonly limit: number;
  readonly strict: boolean;
  readonly overdraft: number;
}

/** What one attempt holds. Settled once; a second time changes nothing. */
export interface Hold {
  readonly wins: readonly number[];
  readonly amounts: readonly number[];
  isOpen: boolean;
}

export interface Waiter {
  readonly id: string;
  readonly wants: readonly Want[];
  readonly untilMs: number;
  /** First question that spoke for it; 0: none yet. */
  askedNo: number;
}

/**
 * unreachable: the centre does not answer, or is learning. too_small: more than the limit. exceeded: too little is left.
 * in_flight: it may fit once other requests end. unknown: the centre knows no such quota. fenced: these books are over.
 */
export interface HoldRefusal {
  readonly reason: 'unreachable' | 'too_small' | 'exceeded' | 'in_flight' | 'unknown' | 'fenced';
  readonly quota: string;
  readonly subject: string;
  /** The most that would fit now. */
  readonly fits: number;
  readonly limit: number;
  /** Of the window; null: never, or not known. */
  readonly endsAtMs: number | null;
}

/** What is to be done. Everything but `keep_*` is free to fail; each of those is answered by a `…_kept` message when it is durable. */
export type BookTask =
  | { readonly kind: 'ask' }
  | { readonly kind: 'keep_windows'; readonly epoch: string; readonly windows: readonly OpenedWindow[] }
  | { readonly kind: 'keep_grants'; readonly grants: readonly KeptGrant[] }
  | { readonly kind: 'keep_returns'; readonly returns: readonly { readonly win: number; readonly returned: number }[] }
  | { readonly kind: 'forget_windows'; readonly wins: readonly number[] }
  | { readonly kind: 'acknowledge'; readonly seq: number }
  | { readonly kind: 'condemn'; readonly reason: string }
  | { readonly kind: 'held'; readonly id: string; readonly hold: Hold }
  | { readonly kind: 'refused'; readonly id: string; readonly refusal: HoldRefusal };

export interface KeptGrant {
  readonly win: number;
  readonly granted: number;
  readonly receipt: string;
  readonly epoch: string;
}

/** A question under way: what it says is told when it is answered, and rights last from when it was sent. */
export interface BookQuestion {
  readonly no: number;
  readonly sentAt: Moment;
  readonly epoch: string;
  /** Newest row in the file. */
  readonly seq: number;
  readonly slices: readonly SliceReport[];
  readonly open: readonly WindowWish[];
}

export type BookNews =
  | { readonly kind: 'answered'; readonly question: BookQuestion; readonly answer: SettleAnswer }
  | { readonly kind: 'unanswered'; readonly question: BookQuestion; readonly jitter: number }
  | { readonly kind: 'windows_kept'; readonly wins: readonly number[] }
  | { readonly kind: 'returns_kept'; readonly returns: readonly { readonly win: number; readonly returned: number }[] }
  | { readonly kind: 'recall'; readonly wins: readonly number[] }
  | { readonly kind: 'rows_kept' }
  | { readonly kind: 'poke' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'tick' };

/** As the ledger has them when it is opened: what a crash left open is spent already. */
export interface OpenedBook {
  readonly slices: readonly StoredRights[];
  /** null: never, or it is not known. */
  readonly contact: Contact | null;
  /** The operating system did not restart since `contact`. */
  readonly sameBoot: boolean;
  readonly now: Moment;
  readonly coverMs: number;
  /** Default: 1. */
  readonly booksOfNode?: number;
}

export interface StoredRights {
  readonly win: number;
  readonly quota: string;
  readonly subject: string;
  readonly starts_at: string | null;
  readonly ends_at: string | null;
  readonly granted: number;
  readonly returned: number;
  readonly spent: number;
  readonly receipt: string | null;
  readonly epoch: string;
}

export function openBook({ slices, contact, sameBoot, now, coverMs, booksOfNode = 1 }: OpenedBook): NodeBook {
  const book: NodeBook = {
    coverMs,
    booksOfNode,
    accounts: new Map(),
    windows: new Map(),
    waiters: [],
    epoch: '',
    contact: contact && (sameBoot ? contact : afterReboot(contact, now)),
    isTrusted: sameBoot,
    isAway: false,
    failures: 0,
    isLearning: false,
    isFenced: false,
    asking: 0,
    lastNo: 0,
    lastAnsweredNo: 0,
    askAtMs: now.monoMs,
    askFor: Number.MAX_SAFE_INTEGER,
    hasRows: true,
    reportMs: 1000,
  };
  for (const stored of slices) {
    const window = addWindow(book, stored, now.monoMs);
    window.slice = { win: stored.win, granted: stored.granted, returned: stored.returned, spent: stored.spent, held: 0 };
    window.returnedKept = stored.returned;
    window.account.demand.largest = Math.max(window.account.demand.largest, Math.ceil(unspent(window.slice) / 2));
    window.isKept = true;
    window.receipt = stored.receipt;
    window.epoch = stored.epoch;
    book.epoch = stored.receipt === null ? book.epoch : stored.epoch;
  }
  return book;
}

/** The other clock began anew; only the wall clock tells how long ago it was, and not when it was set back. */
function afterReboot(contact: Contact, now: Moment): Contact | null {
  const agoMs = now.wallMs - contact.wallMs;
  return agoMs < 0 ? null : { ...contact, monoMs: now.monoMs - agoMs };
}

export function accountOf(book: NodeBook, quota: string, subject: string, nowMs: number): BookAccount {
  let bySubject = book.accounts.get(quota);
  if (!bySubject) {
    bySubject = new Map();
    book.accounts.set(quota, bySubject);
  }
  let account = bySubject.get(subject);
  if (!account) {
    account = { quota, subject, demand: newDemand(nowMs), windows: [], dry: null };
    bySubject.set(subject, account);
  }
  return account;
}

/** What this book would like to have unspent of an account: cover for the whole node, of which it serves about its part. */
export function targetIn(book: NodeBook, { demand }: BookAccount, nowMs: number): number {
  return targetOf(demand, coverOf(book), nowMs);
}

/** Below this it asks for its target. */
export function enoughIn(book: NodeBook, { demand }: BookAccount, nowMs: number): number {
  return enoughOf(demand, coverOf(book), nowMs);
}

function coverOf({ coverMs, booksOfNode }: NodeBook): number {
  return coverMs * booksOfNode;
}

const untold = { granted: -1, returned: -1, spent: -1 };

export function addWindow(
  book: NodeBook,
  of: Pick<StoredRights, 'win' | 'quota' | 'subject' | 'starts_at' | 'ends_at'>,
  nowMs: number,
): BookWindow {
  const account = accountOf(book, of.quota, of.subject, nowMs);
  const window: BookWindow = {
    win: of.win,
    account,
    startsAtMs: of.starts_at === null ? Number.NEGATIVE_INFINITY : Date.parse(of.starts_at),
    endsAtMs: of.ends_at === null ? Number.POSITIVE_INFINITY : Date.parse(of.ends_at),
    slice: emptySlice(of.win),
    returnedKept: 0,
    isKept: false,
    receipt: null,
    epoch: book.epoch,
    limit: null,
    left: 0,
    recallable: 0,
    draining: null,
    recalledAtMs: Number.NEGATIVE_INFINITY,
    contentUntilMs: Number.NEGATIVE_INFINITY,
    overdrawn: 0,
    told: untold,
  };
  book.windows.set(of.win, window);
  account.windows = [...account.windows, window];
  return window;
}

/** In the new epoch everything is told again, with its receipts. */
export function forgetWhatWasTold(book: NodeBook): void {
  for (const window of book.windows.values()) window.told = untold;
}

/** The one in force; of two (the rule was changed, and the former is closed) the one that may be used. */
export function currentWindow(account: BookAccount, wallMs: number): BookWindow | undefined {
  let closed: BookWindow | undefined;
  for (const window of account.windows) {
    if (wallMs < window.startsAtMs || wallMs >= window.endsAtMs || window.draining === 'ended') continue;
    if (window.draining === null) return window;
    closed ??= window;
  }
  return closed;
}

/** Nothing is admitted when the rights are older than their time by either clock. */
export function isStale({ contact }: NodeBook, now: Moment): boolean {
  return contact === null || now.monoMs - contact.monoMs > contact.holdMs || now.wallMs - contact.wallMs > contact.holdMs;
}
