import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A key as it is made: its text is shown once, hash and hint are kept. */
export interface KeyText {
  readonly text: string;
  readonly hash: string;
  readonly hint: string;
}

/** Makes a key: `acp_` and 256 random bits as 52 characters of Crockford's base 32, so that a double click selects it whole. */
export function newKeyText(): KeyText {
  let bits = BigInt(`0x${randomBytes(32).toString('hex')}`);
  let tail = '';
  for (let at = 0; at < 52; at += 1) {
    tail += alphabet[Number(bits & 31n)];
    bits >>= 5n;
  }
  const text = `acp_${tail}`;
  return { text, hash: hashOfKey(text), hint: text.slice(-4) };
}

/** What is kept of a key, here and on nodes: SHA-256 of its whole text, lower-case hex. */
export function hashOfKey(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
