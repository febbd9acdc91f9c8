/** One day, or the first and the last. */
export function spanOf({ from, to }: { readonly from: string; readonly to: string }): string {
  return from === to ? from : `${from} – ${to}`;
}
