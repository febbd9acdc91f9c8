/** A ledger file that has rights in a window. */
export interface Holder {
  readonly books: string;
  /** Granted and neither returned nor spent, as far as the centre knows. */
  readonly outstanding: number;
  /** By requests under way, as it said last: these cannot come back now. */
  readonly held: number;
}

const most = 64;

/**
 * Who is asked to give back, so that `amount` more is free: those with the most to spare, until twice the amount could
 * come (what they say of `held` is old), at most 64 of them. Asked again they have less, and others take their turn.
 */
export function whomToRecall(holders: readonly Holder[], asker: string | null, amount: number): readonly string[] {
  const spare = ({ outstanding, held }: Holder) => Math.max(0, outstanding - held);
  const able = holders
    .filter((holder) => holder.books !== asker && holder.outstanding > 0)
    .sort((a, b) => spare(b) - spare(a) || b.outstanding - a.outstanding || (a.books < b.books ? -1 : 1))
    .slice(0, most);
  let expected = 0;
  return able
    .filter((holder) => {
      if (expected >= 2 * amount) return false;
      expected += spare(holder);
      return true;
    })
    .map(({ books }) => books);
}
