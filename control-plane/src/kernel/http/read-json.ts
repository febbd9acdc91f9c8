import type { Context } from 'hono';
import type { z } from 'zod';
import { Invalid } from '../errors.ts';

const utf8 = new TextDecoder();

/** The JSON body of a raw hono route, parsed by `schema`. Throws `Invalid` with the places that are wrong. */
export async function readJson<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  let body: unknown;
  try {
    // Whoever proved the body read its bytes: the same are used here.
    body = JSON.parse(utf8.decode(await c.req.arrayBuffer()));
  } catch {
    throw new Invalid('invalid_json', 'the body is not JSON');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Invalid('invalid_input', 'the body is not as it should be', { issues: issuesOf(parsed.error.issues) });
}

/** Where and why, without the values that were sent. */
export function issuesOf(
  issues: readonly { readonly path?: readonly unknown[] | undefined; readonly message: string }[],
): readonly { path: string; message: string }[] {
  return issues.slice(0, 20).map((issue) => ({ path: (issue.path ?? []).map(String).join('.'), message: issue.message }));
}
