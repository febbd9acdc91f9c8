import type { CredentialInput } from '@aicarpool/shared-protocol/console';
import { Invalid } from '../../../kernel/index.ts';

const holders = ['api_key', 'access_token', 'token'] as const;

/**
 * The secret in a credential as it was given; keys that are an object of several parts become one line of JSON. Throws
 * Invalid where it cannot travel in a header. Never says what it was.
 */
export function readSecret(credential: CredentialInput): string {
  const given: unknown = typeof credential === 'string' ? credential : (holderIn(credential) ?? credential);
  const secret = typeof given === 'string' && !given.startsWith('{') ? given : oneLine(given);
  if (secret === undefined || !/^[\x20-\x7e]+$/.test(secret) || (!secret.startsWith('{') && secret.includes(' '))) {
    throw new Invalid(
      'credential_malformed',
      'the secret holds characters that no key has; paste it without spaces or line breaks, or as the whole JSON that it came in',
    );
  }
  return secret;
}

/** What may be shown of a secret: its last four characters, and nothing of a short one or of one with several parts. */
export function hintOf(secret: string): string | null {
  return secret.length >= 12 && !secret.startsWith('{') ? secret.slice(-4) : null;
}

function holderIn(credential: object): unknown {
  for (const name of holders) if (name in credential) return Reflect.get(credential, name);
  return undefined;
}

/** Undefined: no JSON object. Beyond ASCII everything is escaped, so that it stays one line of plain characters. */
function oneLine(given: unknown): string | undefined {
  try {
    const value: unknown = typeof given === 'string' ? JSON.parse(given) : given;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const spelled = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    return JSON.stringify(value).replaceAll(/[^\x20-\x7e]/g, spelled);
  } catch {
    return undefined;
  }
}
