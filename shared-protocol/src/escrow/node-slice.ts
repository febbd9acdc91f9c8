/**
 * What one node (one ledger file) holds of one window of one budget: rights to spend. All four numbers are whole units
 * (tokens or nano-USD). `granted`, `returned` and `spent` only grow, so that messages about them may be lost, doubled or
 * overtaken; `held` is what requests under way may still spend.
 *
 * Source: escrow transactions (O'Neil 1986), bounded counters (Balegas et al. 2015).
 */
export interface NodeSlice {
  readonly win: number;
  /** The largest that the centre ever told. */
  readonly granted: number;
  /** Durable before it is sent. */
  readonly returned: number;
  /** Durable with the row that spent it. */
  readonly spent: number;
  /** Durable as intents. */
  readonly held: number;
}

/** A slice that knows of no grant yet. */
export function emptySlice(win: number): NodeSlice {
  return { win, granted: 0, returned: 0, spent: 0, held: 0 };
}

/** What may still be promised; below zero where more was spent than promised. */
export function available({ granted, returned, spent, held }: NodeSlice): number {
  return granted - returned - spent - held;
}

/** Holds `amounts[i]` in `slices[i]`, in all of them or in none. Undefined: one of them has too little. */
export function holdAll(slices: readonly NodeSlice[], amounts: readonly number[]): readonly NodeSlice[] | undefined {
  if (slices.some((slice, at) => available(slice) < (amounts[at] ?? 0))) return undefined;
  return slices.map((slice, at) => ({ ...slice, held: slice.held + (amounts[at] ?? 0) }));
}

/** A request ended: `actual` takes the place of what was `held` for it. It may be more: an overrun, which the centre is told. */
export function settle(slice: NodeSlice, held: number, actual: number): NodeSlice {
  return { ...slice, held: slice.held - held, spent: slice.spent + actual };
}

/**
 * The centre said how much it granted in all, and how much came back. An older word changes nothing. It knows of more
 * returned than the node when it closed the slice, or when the disk was restored to before a return that it was told.
 */
export function takeGrant(slice: NodeSlice, granted: number, returned = 0): NodeSlice {
  if (granted <= slice.granted && returned <= slice.returned) return slice;
  return { ...slice, granted: Math.max(slice.granted, granted), returned: Math.max(slice.returned, returned) };
}

/** Gives `amount` back, but never what is held or spent. The result must be durable before it is told to the centre. */
export function giveBack(slice: NodeSlice, amount: number): NodeSlice {
  const most = Math.max(0, Math.min(amount, available(slice)));
  return most === 0 ? slice : { ...slice, returned: slice.returned + most };
}

/** What the slice still stands for: rights that are unspent, held ones included. */
export function unspent({ granted, returned, spent }: NodeSlice): number {
  return granted - returned - spent;
}
