/** What rows used, by window. */
export type Charged = Map<number, number>;

/** Adds the charges of a row, as its file keeps them, to `sum`. */
export function addCharges(sum: Charged, charges: unknown): void {
  if (typeof charges !== 'string') return;
  const pairs: [number, number][] = JSON.parse(charges);
  for (const [win, amount] of pairs) sum.set(win, (sum.get(win) ?? 0) + amount);
}
