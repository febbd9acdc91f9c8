import { z } from 'zod';
import { publicKey, signingKeys } from './identity.ts';

/**
 * `POST /api/v1/edge-nodes/register`. Single use. The node makes its key pairs itself; the private halves never leave it.
 *
 * With `identity_key` the request is signed by that key (see `requestSignatureBase`) and spends its token without sending it:
 * `Authorization: Carpool-Token <registration id>.<proof>`, the proof being HMAC-SHA-256 over `joinStatement` under the
 * SHA-256 of the token's secret. The answer is signed by the control plane. Without one, `Authorization: Bearer <token>` does;
 * such a node is known by its `node_token`, gets no provider credentials and settles nothing.
 */
export const registerRequest = z.object({
  node_name: z.string().trim().min(1).max(100).optional().describe('absent: the name given with the token, else the host name'),
  sealing_key: z
    .string()
    .max(100)
    .optional()
    .describe('X25519 public key, base64url of the raw 32 bytes; absent: the node gets no provider credentials'),
  identity_key: publicKey.optional().describe('Ed25519 public key; absent: the node is known by its token alone'),
  challenge: z.string().max(200).optional().describe('of `challengeAnswer`, unchanged; needed with `identity_key`'),
  server_ip: z.string().max(64).optional(),
  region: z.string().max(100).optional(),
  country_code: z.string().length(2).optional(),
  supported_services: z.array(z.string().max(50)).max(50).optional(),
  max_concurrent_requests: z.int().positive().max(1_000_000).optional(),
  build: z.string().max(100).optional(),
});
export type RegisterRequest = z.infer<typeof registerRequest>;

export const registerAnswer = z.object({
  node_id: z.string(),
  node_token: z.string().describe('the identity of a node without an identity key, shown once; "" for one that has a key'),
  heartbeat_interval: z.int().positive().describe('seconds'),
  assigned_groups: z.array(z.string()),
  initial_config_version: z.int().nonnegative(),
  signing_keys: signingKeys.optional().describe('keys of the control plane that this node shall trust'),
  approved: z.boolean().optional().describe('false: an administrator has to let it in before a session opens'),
});
export type RegisterAnswer = z.infer<typeof registerAnswer>;
