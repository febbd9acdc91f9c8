import type { z } from 'zod';

/** A secret that is an object written as JSON. Undefined: it is something else, or not of this shape. */
export function readJsonSecret<T>(secret: string, shape: z.ZodType<T>): T | undefined {
  if (!secret.trimStart().startsWith('{')) return undefined;
  try {
    const parsed = shape.safeParse(JSON.parse(secret));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
