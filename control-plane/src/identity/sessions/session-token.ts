import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Keyring } from '../../kernel/index.ts';

/** What a person holds: the token of the session row and a signature, so that reading the database signs nobody in. */
export function signSessionToken(keyring: Keyring, token: string): string {
  return `${token}.${signature(keyring, token).toString('base64url')}`;
}

/** The token of the session row, or undefined when the signature is not ours. */
export function openSessionToken(keyring: Keyring, signed: string): string | undefined {
  const dot = signed.lastIndexOf('.');
  if (dot <= 0 || signed.length > 512) return undefined;
  const token = signed.slice(0, dot);
  const given = Buffer.from(signed.slice(dot + 1), 'base64url');
  const expected = signature(keyring, token);
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined;
}

const keys = new WeakMap<Keyring, Buffer>();

function signature(keyring: Keyring, token: string): Buffer {
  const key = keys.get(keyring) ?? keyring.derive('session token');
  keys.set(keyring, key);
  return createHmac('sha256', key).update(token).digest();
}
