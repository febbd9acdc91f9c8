/** No account gets more than this times its fair share while another has room. */
export const boundFactor = 1.25;
/** So few requests are no load: a session that asks twice at once need not leave its cache for that. */
export const lightLoad = 4;

export interface Loaded {
  readonly weight: number;
  /** Requests that it works on. */
  readonly load: number;
}

/** How many requests each may work on once the next one is placed. One of them always has room for it. */
export function boundsOf(accounts: readonly Loaded[], least = lightLoad): readonly number[] {
  const weights = accounts.reduce((sum, { weight }) => sum + weight, 0);
  const loads = accounts.reduce((sum, { load }) => sum + load, 0);
  return accounts.map(({ weight }) => {
    if (weight === 0) return 0;
    return Math.max(least, Math.ceil((boundFactor * (loads + 1) * weight) / weights));
  });
}
