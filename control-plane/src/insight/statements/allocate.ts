/**
 * Divides a whole amount in proportion to whole weights, so that the parts add up to it exactly: everyone gets the
 * part that is whole, and what is left goes, one unit each, to those whose part was cut most; of equals the first in
 * order of name (largest remainder, A. Hamilton 1792). Weights that are all zero count as equal. Empty for nobody.
 */
export function allocate(amount: number, weights: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const names = [...weights.keys()].sort();
  if (names.length === 0) return new Map();
  const given = names.map((name) => BigInt(weights.get(name) ?? 0));
  const sum = given.reduce((total, weight) => total + weight, 0n);
  const shares = sum === 0n ? names.map(() => 1n) : given;
  const whole = sum === 0n ? BigInt(names.length) : sum;
  const parts = names.map((name, at) => {
    const product = BigInt(amount) * (shares[at] ?? 0n);
    return { name, part: product / whole, rest: product % whole };
  });
  let left = BigInt(amount) - parts.reduce((total, { part }) => total + part, 0n);
  const byRest = [...parts].sort((a, b) => (a.rest === b.rest ? (a.name < b.name ? -1 : 1) : a.rest > b.rest ? -1 : 1));
  const extra = new Set<string>();
  for (const { name } of byRest) {
    if (left <= 0n) break;
    extra.add(name);
    left -= 1n;
  }
  return new Map(parts.map(({ name, part }) => [name, Number(part) + (extra.has(name) ? 1 : 0)]));
}
