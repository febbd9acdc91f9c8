/**
 * One window of one budget as the centre keeps it: the limit, and the sums over the slices of all ledger files that ever
 * had a part of it. Whole units; all but `limit` only grow.
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
  /** What was spent beyond what had been granted. */
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

export const emptyCenterSlice: CenterSlice = { granted: 0, returned: 0, spent: 0, closed: false };

export function newCenterWindow(limit: number): CenterWindow {
  return { limit, limitPeak: limit, granted: 0, returned: 0, spent: 0, forced: 0 };
}

/** What nobody holds and nobody spent; below zero after the limit was lowered. */
export function freeIn({ limit, granted, returned }: CenterWindow): number {
  return limit - (granted - returned);
}

/** A node told its counters. The largest ever heard count; what it spent beyond its rights is forced. */
export function takeReport(
  { window, slice }: CenterPair,
  report: { readonly returned: number; readonly spent: number },
): CenterPair {
  const returned = slice.closed ? slice.returned : Math.max(slice.returned, Math.min(report.returned, slice.granted));
  const spent = Math.max(slice.spent, report.spent);
  const forced = Math.max(0, spent - (slice.granted - returned));
  return {
    slice: { ...slice, granted: slice.granted + forced, returned, spent },
    window: {
      ...window,
      granted: window.granted + forced,
      returned: window.returned + returned - slice.returned,
      spent: window.spent + spent - slice.spent,
      forced: window.forced + forced,
    },
  };
}

/** What a node asks for: `need` at once, for a request that waits; `target` is what it would like to have unspent. */
export interface Wish {
  readonly need: number;
  readonly target: number;
}

/** Grants what is free, and never more. `sharers`: nodes that use the window; a refill takes at most half of a fair part of what is free. */
export function grant({ window, slice }: CenterPair, { need, target }: Wish, sharers: number): CenterPair {
  const free = freeIn(window);
  if (slice.closed || free <= 0) return { window, slice };
  const unspent = slice.granted - slice.returned - slice.spent;
  const refill = Math.min(Math.max(0, target - unspent), Math.floor(free / (2 * Math.max(1, sharers))));
  const amount = Math.min(free, Math.max(need, refill));
  return {
    slice: { ...slice, granted: slice.granted + amount },
    window: { ...window, granted: window.granted + amount },
  };
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
  const rest = slice.granted - slice.returned - slice.spent;
  return {
    slice: { ...slice, returned: slice.returned + rest, closed: true },
    window: { ...window, returned: window.returned + rest },
  };
}

/** After a restore of the centre: a node proves by a receipt that it had been granted this much in all. */
export function proveGrant({ window, slice }: CenterPair, granted: number): CenterPair {
  const more = Math.max(0, granted - slice.granted);
  if (more === 0 || slice.closed) return { window, slice };
  const overLimit = Math.max(0, window.granted - window.returned + more - Math.max(window.limitPeak + window.forced, 0));
  return {
    slice: { ...slice, granted: slice.granted + more },
    window: { ...window, granted: window.granted + more, forced: window.forced + overLimit },
  };
}
