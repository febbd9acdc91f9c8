import { z } from 'zod';
import { readJsonSecret } from '../read-json-secret.ts';

const shape = z.object({
  access_key_id: z.string().min(1),
  secret_access_key: z.string().min(1),
  session_token: z.string().min(1).optional(),
});
export type AwsCredential = z.infer<typeof shape>;

/** Undefined: the secret is no key pair, so it is a Bedrock API key. */
export function readAwsCredential(secret: string): AwsCredential | undefined {
  return readJsonSecret(secret, shape);
}
