import type { BookTask, BookWindow, HoldRefusal, Moment, NodeBook, Waiter } from './node-book.ts';
import { refusalOf, shortOf, tryHold } from './node-hold.ts';
import { available } from './node-slice.ts';

/** A question as soon as none is under way: the answer to it begins the next. */
export function requestAnswer(book: NodeBook, now: Moment, tasks: BookTask[]): void {
  if (book.isFenced) return;
  if (book.isAway && now.monoMs < book.askAtMs) return;
  book.askAtMs = Math.min(book.askAtMs, now.monoMs);
  if (book.asking === 0 && !tasks.some(({ kind }) => kind === 'ask')) tasks.push({ kind: 'ask' });
}

/** Lets everybody go for whom there is enough by now, oldest first. */
export function serveWaiters(book: NodeBook, now: Moment, tasks: BookTask[]): void {
  removeWaiters(book, (waiter) => {
    const held = tryHold(book, waiter.wants, now);
    if (held) tasks.push({ kind: 'held', id: waiter.id, hold: held });
    return held !== undefined;
  });
}

/**
 * What an answer leaves of those who wait. isMet: what question `no` needed was granted, so others here were faster with
 * it; isHopeful: rights of other nodes may still come.
 */
export function judgeWaiters(
  book: NodeBook,
  { no, isMet, isHopeful }: { readonly no: number; readonly isMet: boolean; readonly isHopeful: boolean },
  now: Moment,
  tasks: BookTask[],
): void {
  serveWaiters(book, now, tasks);
  const asked = book.waiters.filter(({ askedNo }) => askedNo > 0 && askedNo <= no);
  const spokenFor = Math.min(book.askFor, asked.length);
  if (spokenFor > 1) {
    book.askFor = Math.floor(spokenFor / 2);
    requestAnswer(book, now, tasks);
    return;
  }
  const [last] = asked;
  if (last && isHopeful) {
    book.askAtMs = now.monoMs + againMs;
    return;
  }
  if (last && (isMet || stillFits(book, last, now))) {
    requestAnswer(book, now, tasks);
    return;
  }
  if (last) refuseWaiter(book, last, now, tasks);
  book.askFor = Number.MAX_SAFE_INTEGER;
  if (book.waiters.length > 0) requestAnswer(book, now, tasks);
}

const againMs = 100;

/** Others here were faster with what it was granted, but the books show room: it asks again. */
function stillFits(book: NodeBook, waiter: Waiter, now: Moment): boolean {
  const short = shortOf(book, waiter.wants, now);
  return short?.window !== undefined && available(short.window.slice) + short.window.left >= short.want.amount;
}

/** Not while a window is on its way to the disk: then it is only a moment. */
function refuseWaiter(book: NodeBook, waiter: Waiter, now: Moment, tasks: BookTask[]): void {
  const short = shortOf(book, waiter.wants, now);
  if (short?.account.windows.some(({ isKept }) => !isKept)) return;
  refuse(book, waiter, 'exceeded', now, tasks);
}

/** Their time is over. */
export function refuseLate(book: NodeBook, now: Moment, tasks: BookTask[]): void {
  for (const waiter of book.waiters.filter(({ untilMs }) => now.monoMs >= untilMs)) {
    refuse(
      book,
      waiter,
      book.isAway || book.isLearning || waiter.askedNo === 0 || book.lastAnsweredNo < waiter.askedNo
        ? 'unreachable'
        : 'in_flight',
      now,
      tasks,
    );
  }
}

export function refuseAll(book: NodeBook, reason: HoldRefusal['reason'], now: Moment, tasks: BookTask[]): void {
  for (const waiter of [...book.waiters]) refuse(book, waiter, reason, now, tasks);
}

const dryForMs = { first: 500, most: 10_000 };

function refuse(book: NodeBook, waiter: Waiter, reason: HoldRefusal['reason'], now: Moment, tasks: BookTask[]): void {
  removeWaiters(book, (other) => other === waiter);
  const short = shortOf(book, waiter.wants, now);
  const want = short?.want ?? waiter.wants[0];
  if (!want) return;
  tasks.push({ kind: 'refused', id: waiter.id, refusal: refusalOf(want, short?.window, reason) });
  if (!short || reason === 'unreachable' || reason === 'fenced') return;
  const times = (short.account.dry?.times ?? 0) + 1;
  const untilMs = now.monoMs + Math.min(dryForMs.first * 2 ** (times - 1), dryForMs.most);
  short.account.dry = { reason, amount: want.amount, untilMs: Math.min(untilMs, toMono(short.window, now)), times };
}

function toMono(window: BookWindow | undefined, now: Moment): number {
  return window ? now.monoMs + Math.max(0, window.endsAtMs - now.wallMs) : Number.POSITIVE_INFINITY;
}

function removeWaiters(book: NodeBook, isDone: (waiter: Waiter) => boolean): void {
  const left = book.waiters.filter((waiter) => !isDone(waiter));
  book.waiters.splice(0, book.waiters.length, ...left);
}
