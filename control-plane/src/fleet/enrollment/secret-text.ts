import { createHash, randomBytes } from 'node:crypto';

/** What a secret is for is written on it: `acr_` enrolls a node once, `acn_` is the identity of a node. */
export type SecretPrefix = 'acr_' | 'acn_';

/** A secret with 256 random bits. Only its hash is stored. */
export function newSecretText(prefix: SecretPrefix): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

export function hashSecretText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
