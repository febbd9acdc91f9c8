import type { CredentialInput } from '@aicarpool/shared-protocol/console';
import { Invalid } from '../../kernel/index.ts';

/** The secret in a credential as it was given; throws Invalid where it cannot travel in a header. Never says what it was. */
export function readSecret(credential: CredentialInput): string {
  const secret = typeof credential === 'string' ? credential : Object.values(credential).join('');
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw new Invalid(
      'credential_malformed',
      'the secret holds characters that no key has; paste it without spaces or line breaks',
    );
  }
  return secret;
}

/** What may be shown of a secret: its last four characters, and nothing of a short one. */
export function hintOf(secret: string): string | null {
  return secret.length >= 12 ? secret.slice(-4) : null;
}
