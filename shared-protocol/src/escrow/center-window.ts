/**
 * One window of one budget as the centre keeps it: the limit, and the sums over the slices of all ledger files that ever
 * had a part of it. Whole units; `granted`, `returned`, `spent` and `forced` only grow.
 *
 * Invariant: granted - returned <= limitPeak + forced, and spent <= granted - returned.
 */
export interface CenterWindow {
  readonly limit: number;
  /** The largest that may have been promised since the limit was last lowered. */
  readonly limitPeak: number;
  readonly granted: number;
  readonly returned: number;
  readonly spent: number;
  /** Overruns: what was spent beyond what had been granted, and grants of a lost past that did not fit any more. */
  readonly forced: number;
}

/** The part of one ledger file. */
export interface CenterSlice {
  readonly granted: number;
  readonly returned: number;
  readonly spent: number;
  /** Its rest was taken back: whoever still spends of it overruns. */
  readonly closed: boolean;
}

export interface CenterPair {
  readonly window: CenterWindow;
  readonly slice: CenterSlice;
}

/** What a node says of its slice. All but `proven` may be old, doubled or overtaken. */
export interface HeardSlice {
  readonly granted: number;
  readonly returned: number;
  readonly spent: number;
  /** What a receipt of an earlier epoch proves to have been granted; 0: none was sent, or it is not genuine. */
  readonly proven: number;
}

export const emptyCenterSlice: CenterSlice = { granted: 0, returned: 0, spent: 0, closed: false };

export function newCenterWindow(limit: number): CenterWindow {
  return { limit, limitPeak: limit, granted: 0, returned: 0, spent: 0, forced: 0 };
}

/** What nobody holds and nobody spent; below zero after the limit was lowered. */
export function freeIn({ limit, granted, returned }: CenterWindow): number {
  return limit - (granted - returned);
}

/** What the holder of a slice may still use of it, as far as the centre knows. */
export function outstandingOf({ granted, returned, spent }: CenterSlice): number {
  return granted - returned - spent;
}

/**
 * A node told its counters: the largest ever heard count. First a proof raises what it had been granted (so that its
 * spending is not taken for an overrun), then what it spent beyond its rights is forced.
 */
export function takeReport({ window, slice }: CenterPair, heard: HeardSlice): CenterPair {
  const known = Math.max(slice.granted, heard.proven);
  const closed = slice.closed && !emptiedByItsNode(slice, known, heard);
  const returned = closed ? slice.returned + known - slice.granted : Math.max(slice.returned, Math.min(heard.returned, known));
  const spent = Math.max(slice.spent, heard.spent);
  const overrun = Math.max(0, spent - (known - returned));
  const promised = window.granted + known - slice.granted - (window.returned + returned - slice.returned);
  const misfit = Math.max(0, promised - window.limitPeak - window.forced);
  const granted = known + overrun;
  return {
    slice: { granted, returned, spent, closed },
    window: {
      ...window,
      granted: window.granted + granted - slice.granted,
      returned: window.returned + returned - slice.returned,
      spent: window.spent + spent - slice.spent,
      forced: window.forced + overrun + misfit,
    },
  };
}

/**
 * A closed slice is used again once its node surely knew that it is closed: it names all that was ever granted, and
 * has returned or spent every unit of it. No older message can say that. While it has news of late spending it stays
 * closed, or the node would take the grant that covers it for a new right.
 */
function emptiedByItsNode(slice: CenterSlice, known: number, heard: HeardSlice): boolean {
  return known === slice.granted && heard.granted >= known && heard.returned >= slice.returned && heard.spent === slice.spent;
}

/** What a node asks for: `need` at once, for a request that waits; `target` is what it would like to have unspent. */
export interface Wish {
  readonly need: number;
  readonly target: number;
  /** The largest it had been told when it asked: `need` is on top of this, so that a doubled question is granted once. */
  readonly granted: number;
}

/** What is kept from grants: `sharers` are the nodes that use the window, `reserve` the rights of those not heard since a restore. */
export interface GrantTerms {
  readonly sharers: number;
  readonly reserve: number;
}

/**
 * Grants what is free, and never more. A need is met whole or not at all (two halves would block each other); a refill
 * takes at most half of a fair part of what is free.
 */
export function grant({ window, slice }: CenterPair, wish: Wish, { sharers, reserve }: GrantTerms): CenterPair {
  const free = freeIn(window) - reserve;
  if (slice.closed || free <= 0) return { window, slice };
  const need = stillNeeded(slice, wish);
  if (need > free) return { window, slice };
  const refill = Math.min(Math.max(0, wish.target - outstandingOf(slice)), Math.floor(free / (2 * Math.max(1, sharers))));
  const amount = Math.max(need, refill);
  return {
    slice: { ...slice, granted: slice.granted + amount },
    window: { ...window, granted: window.granted + amount },
  };
}

/** The part of a need that no earlier grant, perhaps still on its way, meets. */
export function stillNeeded(slice: CenterSlice, { need, granted }: Pick<Wish, 'need' | 'granted'>): number {
  return Math.max(0, need - Math.max(0, slice.granted - granted));
}

/** The limit was changed. Lowered below what is promised, the promise stands: `limitPeak` says how much that is. */
export function changeLimit(window: CenterWindow, limit: number): CenterWindow {
  if (limit === window.limit) return window;
  const promised = window.granted - window.returned - window.forced;
  return { ...window, limit, limitPeak: Math.max(limit, limit < window.limit ? promised : window.limitPeak) };
}

/** Takes back everything that is not known to be spent. Only when the node surely uses nothing of it any more, or by order. */
export function closeSlice({ window, slice }: CenterPair): CenterPair {
  if (slice.closed) return { window, slice };
  const rest = outstandingOf(slice);
  return {
    slice: { ...slice, returned: slice.returned + rest, closed: true },
    window: { ...window, returned: window.returned + rest },
  };
}
