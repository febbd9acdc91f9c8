import type { CenterSignature } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../kernel/context.ts';
import type { FleetParts } from '../fleet-parts.ts';

type Asker = Pick<Ctx, 'db' | 'keyring'>;

/**
 * Signs a text with the current signing key. The text begins with a line that says what it is for (`aicarpool/<purpose>/v1`),
 * so that no signature is good for anything else; nodes verify it with the keys that they trust.
 */
export async function signAsControlPlane(
  { signingKeys }: Pick<FleetParts, 'signingKeys'>,
  ctx: Asker,
  text: string,
): Promise<CenterSignature> {
  return await signingKeys.sign(ctx, text);
}

/** Did this control plane sign the text, with the current key or an earlier one? */
export async function verifyFromControlPlane(
  { signingKeys }: Pick<FleetParts, 'signingKeys'>,
  ctx: Asker,
  text: string,
  signature: CenterSignature,
): Promise<boolean> {
  return await signingKeys.verify(ctx, text, signature);
}
