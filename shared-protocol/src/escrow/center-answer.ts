import type { SliceGrant } from '../edge/settle.ts';
import {
  type CenterPair,
  freeIn,
  grant,
  type HeardSlice,
  outstandingOf,
  stillNeeded,
  takeReport,
  type Wish,
} from './center-window.ts';

/** A need that could not be met, remembered by the centre with the window: while it lasts, others give back what they can spare. */
export interface Shortage {
  /** Incarnation of the asker: it is not asked to give back for itself. */
  readonly books: string;
  readonly amount: number;
  readonly untilMs: number;
}

/** Everything about one window that does not come from the node. */
export interface WindowTerms {
  readonly books: string;
  readonly nowMs: number;
  /** null: never. Nothing is granted any more from then on. */
  readonly endsAtMs: number | null;
  readonly sharers: number;
  /** Rights of those that were not heard since the centre was restored: see `reserveOf`. */
  readonly reserve: number;
  readonly learning: boolean;
  readonly shortage: Shortage | null;
  /** What other books hold and do not use; 0 where nobody asks. */
  readonly recallable?: number;
}

export interface WindowAnswer {
  readonly pair: CenterPair;
  /** All of SliceGrant but its receipt, which is for the caller to sign over `granted`. */
  readonly grant: Omit<SliceGrant, 'receipt' | 'win'>;
  /** To be kept with the window. */
  readonly shortage: Shortage | null;
  /** The need was not met, and unspent rights of others could still come back: ask them, and let the node ask again. */
  readonly recalling: boolean;
  /** The need was not met, and no right of others can come back for it: what is left is too little for what is asked. */
  readonly exhausted: boolean;
}

/** How long after a need that could not be met others are asked to give back. */
export const shortageMs = 1000;

/**
 * One window in one question of one node, in the one order that is right: what was proven and heard, then what is granted.
 * The caller holds the lock of the window, has checked session and epoch, and stores `pair` and `shortage`.
 */
export function answerWindow(before: CenterPair, heard: HeardSlice, wish: Wish, terms: WindowTerms): WindowAnswer {
  const reported = takeReport(before, heard);
  const ended = terms.endsAtMs !== null && terms.nowMs >= terms.endsAtMs;
  const mayGrant = !terms.learning && !ended;
  const pair = mayGrant ? grant(reported, yieldsTo(terms) ? { ...wish, target: 0 } : wish, terms) : reported;
  const unmet = ended || pair.slice.closed ? 0 : stillNeeded(pair.slice, wish);
  const free = freeIn(pair.window);
  const elsewhere = pair.window.granted - pair.window.returned - pair.window.spent - outstandingOf(pair.slice);
  const recalling = unmet > 0 && (terms.learning || unmet <= Math.max(0, free) + elsewhere);
  const shortage = nextShortage(terms, unmet, recalling);
  const wanted = free < 0 || (shortage !== null && shortage.books !== terms.books);
  return {
    pair,
    grant: {
      granted: pair.slice.granted,
      returned: pair.slice.returned,
      limit: pair.window.limit,
      left: Math.max(0, free),
      ...(unmet > 0 && terms.recallable ? { recallable: terms.recallable } : {}),
      recall: wanted && outstandingOf(pair.slice) > 0,
      closed: pair.slice.closed,
    },
    shortage,
    recalling,
    exhausted: unmet > 0 && !recalling,
  };
}

/** While a request somewhere waits, what comes back is not taken for mere refills of others. */
function yieldsTo({ shortage, books, nowMs }: WindowTerms): boolean {
  return shortage !== null && shortage.books !== books && nowMs < shortage.untilMs;
}

function nextShortage({ shortage, books, nowMs }: WindowTerms, unmet: number, recalling: boolean): Shortage | null {
  const lasting = shortage !== null && nowMs < shortage.untilMs ? shortage : null;
  if (unmet > 0 && recalling) {
    return lasting !== null && lasting.books !== books ? lasting : { books, amount: unmet, untilMs: nowMs + shortageMs };
  }
  return lasting?.books === books ? null : lasting;
}
