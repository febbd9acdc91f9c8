import { z } from 'zod';

/** A raw public key (Ed25519 or X25519), base64url of its 32 bytes. */
export const publicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes as base64url');
/** SHA-256 of a public signing key (SPKI, DER), 64 hex digits. */
export const keyId = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');
const signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/, 'must be an Ed25519 signature as base64url');

/** A key that the control plane signs with, now or next. `by` endorsed it (see `endorsementStatement`); null: the first one. */
export const signingKey = z.object({
  key: publicKey,
  by: keyId.nullable(),
  endorsement: signature.nullable(),
  state: z.enum(['current', 'next', 'past']).describe('past: it signs no more, and only leads from older keys to newer ones'),
});
export type SigningKey = z.infer<typeof signingKey>;

export const signingKeys = z.array(signingKey).min(1).max(64);

export const centerSignature = z.object({ key: keyId, sig: signature });
export type CenterSignature = z.infer<typeof centerSignature>;

/**
 * `POST /api/v1/edge-nodes/challenge`: the first words of a node that is not enrolled yet, and they tell nothing. The answer is
 * signed (header `carpool-proof`, to `nonce`) by a key that the registration token pins or leads to; only then the node goes on.
 */
export const challengeRequest = z.object({ nonce: z.string().regex(/^[A-Za-z0-9_-]{22,86}$/) });
export type ChallengeRequest = z.infer<typeof challengeRequest>;

export const challengeAnswer = z.object({
  challenge: z.string().max(200).describe('to be given back in `register` within five minutes'),
  signing_keys: signingKeys,
  center_time: z.string().describe('UTC instant, ISO 8601'),
});
export type ChallengeAnswer = z.infer<typeof challengeAnswer>;

/**
 * `POST /api/v1/edge-nodes/identity`, signed with the identity key that is to be replaced: the next identity key and the
 * next sealing key of this node. The old identity key stays good for ten more minutes, should the answer be lost.
 */
export const successionRequest = z.object({
  session_no: z.int().positive(),
  identity_key: publicKey,
  sealing_key: publicKey,
  signature: signature.describe('with the new identity key, see `successionStatement`'),
});
export type SuccessionRequest = z.infer<typeof successionRequest>;

export const successionAnswer = z.object({ key_id: keyId, old_valid_until: z.string() });
export type SuccessionAnswer = z.infer<typeof successionAnswer>;
