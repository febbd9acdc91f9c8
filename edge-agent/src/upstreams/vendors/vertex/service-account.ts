import { z } from 'zod';
import { readJsonSecret } from '../read-json-secret.ts';

const shape = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key_id: z.string().min(1),
  private_key: z.string().min(1),
});
export type ServiceAccount = z.infer<typeof shape>;

/** A service account's JSON key as Google gives it; undefined: the secret is a token or an API key. */
export function readServiceAccount(secret: string): ServiceAccount | undefined {
  return readJsonSecret(secret, shape);
}
