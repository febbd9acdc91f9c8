import { hash } from 'node:crypto';

/** 64 bits of SHA-256 as two halves, for numbers hold 53 at most. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

export function hashText(text: string): Hash64 {
  const digest = hash('sha256', text, 'buffer');
  return { high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
}

const remembered = new Map<string, Hash64>();
const rememberedAtMost = 20_000;

/** For ids that come again and again. */
export function hashOfId(id: string): Hash64 {
  const known = remembered.get(id);
  if (known) return known;
  if (remembered.size >= rememberedAtMost) remembered.clear();
  const made = hashText(id);
  remembered.set(id, made);
  return made;
}

/** Evenly spread in 0 < u < 1; the same for the same two hashes, and unlike for any others. */
export function unitOf(one: Hash64, other: Hash64): number {
  const high = mix(one.high ^ mix(other.low ^ 0x9e3779b9));
  const low = mix(one.low ^ mix(other.high ^ high));
  return ((high >>> 0) * 2_097_152 + (low >>> 11) + 0.5) / 9_007_199_254_740_992;
}

/** The finalizer of MurmurHash3. */
function mix(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
