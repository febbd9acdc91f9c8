import { createHash, randomBytes } from 'node:crypto';

/** The token of a node without an identity key: 256 random bits. Only its hash is stored. */
export function newNodeToken(): string {
  return `acn_${randomBytes(32).toString('base64url')}`;
}

export function hashSecretText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
