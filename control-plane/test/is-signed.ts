import type { CenterSignature } from '@aicarpool/shared-protocol';
import { keyIdOf, verifyText } from '../src/fleet/identity/ed25519.ts';
import type { SigningKeys } from '../src/fleet/identity/signing-keys/signing-keys.ts';
import type { Ctx } from '../src/kernel/index.ts';

/** Is the text signed with one of the keys that nodes are told to trust? */
export async function isSigned(keys: SigningKeys, ctx: Ctx, text: string, { key, sig }: CenterSignature): Promise<boolean> {
  const told = (await keys.published(ctx)).find((one) => keyIdOf(one.key) === key);
  return told !== undefined && verifyText(told.key, text, Buffer.from(sig, 'base64url'));
}
