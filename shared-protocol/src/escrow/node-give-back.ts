import { expected } from './demand.ts';
import { type BookTask, type BookWindow, type Moment, type NodeBook, targetIn } from './node-book.ts';
import { available, giveBack } from './node-slice.ts';

const idleMs = 60_000;
const aheadMs = 2000;
/** Recalled again so soon, it keeps nothing: somebody still waits. */
const insistsMs = 1000;
const contentMs = 5000;

/** Gives back all but `keep` of what is not held. Durable first: only `returns_kept` lets it be told. */
export function giveBackAllBut(window: BookWindow, keep: number, tasks: BookTask[]): void {
  const before = window.slice;
  window.slice = giveBack(before, available(before) - keep);
  if (window.slice !== before)
    tasks.push({ kind: 'keep_returns', returns: [{ win: window.win, returned: window.slice.returned }] });
}

/** An ended or closed window: what is not held goes back at once, and the rest as its requests end. */
export function drain(window: BookWindow, tasks: BookTask[]): void {
  giveBackAllBut(window, 0, tasks);
}

/** Others wait for it: keeps what the next two seconds need, and nothing when asked again at once or when all is gone. */
export function giveBackOnRecall(window: BookWindow, now: Moment, tasks: BookTask[]): void {
  const insists = now.monoMs - window.recalledAtMs < insistsMs;
  const keep = insists || window.left === 0 ? 0 : expected(window.account.demand, aheadMs, now.monoMs);
  window.recalledAtMs = now.monoMs;
  window.contentUntilMs = now.monoMs + contentMs;
  giveBackAllBut(window, keep, tasks);
}

/** Nobody has asked for a minute, and much more is here than anybody would ask for. While the centre is away it stays. */
export function giveBackWhenIdle(book: NodeBook, window: BookWindow, now: Moment, tasks: BookTask[]): void {
  const { demand } = window.account;
  if (book.isAway || book.lastAnsweredNo === 0) return;
  if (now.monoMs - demand.lastAtMs < idleMs || now.wallMs < window.startsAtMs) return;
  const target = targetIn(book, window.account, now.monoMs);
  if (available(window.slice) > 1.5 * target) giveBackAllBut(window, target, tasks);
}
