import { type RegisterRequest, registerRequest } from '@aicarpool/shared-protocol';
import { Invalid, Unauthenticated } from '../../kernel/errors.ts';
import { readJson } from '../../kernel/http/read-json.ts';
import { type CallContext, ctxOf } from '../identity/calls/call-context.ts';
import { readSignedRequest } from '../identity/calls/request-parts.ts';
import { assertFresh, assertSignature } from '../identity/calls/verify-signed-request.ts';
import { isOurChallenge } from '../identity/challenge.ts';
import { keyIdOf } from '../identity/ed25519.ts';
import { type RegistrationClaim, readClaim } from './registration-claim.ts';

/**
 * Reads a registration. One that names an identity key is signed with it, and answers a challenge of ours: so the sender
 * holds the key now, and no recorded registration is good again. Throws Invalid or Unauthenticated.
 */
export async function admitRegistration(
  c: CallContext,
): Promise<{ readonly claim: RegistrationClaim; readonly request: RegisterRequest }> {
  const signed = readSignedRequest(c);
  const request = await readJson(c, registerRequest);
  const claim = readClaim(c.req.header('authorization') ?? '', signed?.base);
  if (!claim) throw new Unauthenticated('registration_refused', 'give the registration token as `Authorization: Bearer …`');
  if (request.identity_key === undefined) {
    if (claim.kind === 'proof')
      throw new Invalid('identity_missing', 'a registration that proves its token names an identity key');
    return { claim, request };
  }
  if (!signed || signed.keyId !== keyIdOf(request.identity_key))
    throw new Invalid('identity_unproved', 'a registration with an identity key is signed with that key');
  assertSignature(signed, request.identity_key);
  if (request.challenge === undefined || !isOurChallenge(ctxOf(c), request.challenge))
    throw new Unauthenticated('challenge_refused', 'ask for a challenge first, and answer it within five minutes');
  await assertFresh(c, signed, signed.keyId);
  return { claim, request };
}
