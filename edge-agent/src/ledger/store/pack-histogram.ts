/**
 * A histogram of `shared-protocol` on disk: the format byte (1: γ = 1.01/0.99), then for each bucket in ascending
 * order the distance to the one before and the count, as LEB128 varints.
 */
export type Buckets = Map<number, number>;

const format = 1;
export const emptyHistogram = Buffer.from([format]);

export function packHistogram(buckets: Buckets): Buffer {
  const bytes: number[] = [format];
  let previous = 0;
  for (const [bucket, count] of [...buckets].sort(([a], [b]) => a - b)) {
    writeVarint(bytes, bucket - previous);
    writeVarint(bytes, count);
    previous = bucket;
  }
  return Buffer.from(bytes);
}

/** Adds a packed histogram to `into`. Throws on a format it does not know. */
export function addPacked(into: Buckets, packed: Uint8Array): void {
  if (packed[0] !== format) throw new Error(`histogram of unknown format ${packed[0]}`);
  let at = 1;
  let bucket = 0;
  const read = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = packed[at] ?? 0;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < packed.length) {
    bucket += read();
    into.set(bucket, (into.get(bucket) ?? 0) + read());
  }
}

function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
