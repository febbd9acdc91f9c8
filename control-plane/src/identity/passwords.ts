import { hash, verify } from '@node-rs/argon2';

// OWASP's first choice for argon2id: 19 MiB, two passes, one lane; about 10 ms.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The argon2id hash of a password, in PHC form. */
export async function hashPassword(password: string): Promise<string> {
  return await hash(password, cost);
}

/** False also for a stored text that is no argon2 hash. */
export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  return stored.startsWith('$argon2id$') && (await verify(stored, password));
}
