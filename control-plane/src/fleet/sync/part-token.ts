import { z } from 'zod';

/** Where the next part of a full scope begins, and the version at which the first part was read. */
export interface PartToken {
  readonly epoch: string;
  readonly since: number;
  readonly kind: string;
  readonly id: string;
}

const shape = z.tuple([z.string(), z.int().nonnegative(), z.string(), z.string()]);

export function writePartToken({ epoch, since, kind, id }: PartToken): string {
  return Buffer.from(JSON.stringify([epoch, since, kind, id])).toString('base64url');
}

/** Undefined for anything that we did not write; the scope then begins anew. */
export function readPartToken(text: string): PartToken | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    if (!parsed.success) return undefined;
    const [epoch, since, kind, id] = parsed.data;
    return { epoch, since, kind, id };
  } catch {
    return undefined;
  }
}
