import { importPKCS8, SignJWT } from 'jose';
import type { ServiceAccount } from './service-account.ts';

const livesS = 3_600;
const renewBeforeMs = 300_000;
const audience = 'https://aiplatform.googleapis.com/';
const rememberAtMost = 1_000;

interface Kept {
  readonly token: Promise<string>;
  readonly renewAtMs: number;
}

const kept = new Map<string, Kept>();

/**
 * A token that the account signs for itself; Google's APIs take it without any exchange, so a node needs nobody to
 * get one. Kept for an hour less five minutes. Source: google.aip.dev/auth/4111
 */
export function signToken(account: ServiceAccount, nowMs: number): Promise<string> {
  const known = kept.get(account.private_key);
  if (known && nowMs < known.renewAtMs) return known.token;
  if (kept.size >= rememberAtMost) kept.clear();
  const token = sign(account, Math.floor(nowMs / 1000));
  kept.set(account.private_key, { token, renewAtMs: nowMs + livesS * 1000 - renewBeforeMs });
  token.catch(() => kept.delete(account.private_key));
  return token;
}

async function sign(account: ServiceAccount, issuedAtS: number): Promise<string> {
  const key = await importPKCS8(account.private_key, 'RS256');
  return await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: account.private_key_id })
    .setIssuer(account.client_email)
    .setSubject(account.client_email)
    .setAudience(audience)
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + livesS)
    .sign(key);
}
