import { canonicalJson, type Json } from './canonical-json.ts';

/** SHA-256 as lower-case hex. Given by the caller, for this package also runs in a browser. */
export type Sha256Hex = (text: string) => string;

const modulus = 1n << 128n;

/** The revision of one resource: the first 128 bits of SHA-256 over its kind, id and canonical body, as hex. */
export function revisionOf(sha256: Sha256Hex, kind: string, id: string, body: Json): string {
  return revisionOfText(sha256, kind, id, canonicalJson(body));
}

/** `revisionOf` a body that is canonical JSON already. */
export function revisionOfText(sha256: Sha256Hex, kind: string, id: string, canonicalBody: string): string {
  return sha256(`${kind}\0${id}\0${canonicalBody}`).slice(0, 32);
}

/**
 * The digest of a set of resources: the sum of their revisions modulo 2^128 (a multiset hash, so
 * both sides keep it up to date by adding what comes and taking away what goes). It finds drift and
 * lost changes; it is no defence against an attacker.
 */
export class SetDigest {
  #sum: bigint;

  constructor(hex = '') {
    this.#sum = hex === '' ? 0n : BigInt(`0x${hex}`);
  }

  add(revision: string): void {
    this.#sum = (this.#sum + BigInt(`0x${revision}`)) % modulus;
  }

  remove(revision: string): void {
    this.#sum = (this.#sum - BigInt(`0x${revision}`) + modulus) % modulus;
  }

  /** 32 hex digits; an empty set is all zeros. */
  toHex(): string {
    return this.#sum.toString(16).padStart(32, '0');
  }
}
