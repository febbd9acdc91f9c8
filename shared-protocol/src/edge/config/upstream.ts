import { z } from 'zod';
import { authType } from './service.ts';

/**
 * A secret under a group's data key: AES-256-GCM, all parts base64. The additional data is
 * `<upstream id>|<group id>`, so a blob moved to another row does not open.
 */
export const sealedSecret = z.object({
  key_version: z.int().positive().describe('version of the group data key that opens it'),
  nonce: z.string().max(100),
  ciphertext: z.string().max(64_000).describe('with the 16-byte tag at its end'),
});
export type SealedSecret = z.infer<typeof sealedSecret>;

/** Group scope, kind `upstream`: a provider account that the group may use. */
export const upstreamResource = z.object({
  id: z.string(),
  group_id: z.string(),
  service: z.string(),
  name: z.string().describe('for logs on the node; never shown to callers'),
  auth_type: authType,
  credential: sealedSecret,
  base_url: z.string().max(500).nullable().describe('wins over the base URL of the service; null: the service decides'),
  priority: z.int().describe('smaller is tried first'),
  weight: z.int().min(0).max(10_000).describe('share among accounts of equal priority; 0: only when nothing else is left'),
  status: z.enum(['active', 'disabled']),
  owner_id: z.string().nullable().default(null).describe('the member whose own account it is; null: shared by the group'),
  concurrency: z.int().positive().nullable().default(null).describe('requests at once, on all nodes together; null: no cap'),
  proxy: z
    .string()
    .nullable()
    .default(null)
    .describe('id of the proxy resource it leaves through; wins over the group; null: as the group says'),
  expires_at: z.string().nullable().default(null).describe('when the credential stops working, UTC instant; null: not known'),
});
export type UpstreamResource = z.infer<typeof upstreamResource>;
