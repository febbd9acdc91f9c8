import { z } from 'zod';

/**
 * `POST /api/v1/edge-nodes/register`, `Authorization: Bearer <registration token>`. Single use.
 * The node makes its key pair itself; the private half never leaves it.
 */
export const registerRequest = z.object({
  node_name: z.string().trim().min(1).max(100).optional().describe('absent: the name given with the token, else the host name'),
  sealing_key: z
    .string()
    .max(100)
    .optional()
    .describe('X25519 public key, base64url of the raw 32 bytes; absent: the node gets no provider credentials'),
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
  node_token: z.string().describe('the identity of the node; shown once, kept by the node in a file that only it can read'),
  heartbeat_interval: z.int().positive().describe('seconds'),
  assigned_groups: z.array(z.string()),
  initial_config_version: z.int().nonnegative(),
});
export type RegisterAnswer = z.infer<typeof registerAnswer>;
