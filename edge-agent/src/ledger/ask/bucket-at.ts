/** The index of the bucket [edges[i], edges[i+1]) in which an instant lies; it lies between the outer edges. */
export function bucketAt(edges: readonly number[], atMs: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? 0) <= atMs) low = middle;
    else high = middle;
  }
  return low;
}
