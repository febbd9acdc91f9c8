import { readdirSync } from 'node:fs';
import type { Mutation } from './mutation.ts';

const here = new URL('./', import.meta.url);
const own = new Set(['mutation.ts', 'read-lists.ts', 'replay.ts', 'copy-checkout.ts']);

/** The bugs of every list in this folder. */
export async function readLists(): Promise<Mutation[]> {
  const names = readdirSync(here).filter((name) => name.endsWith('.ts') && !name.includes('.test.') && !own.has(name));
  const lists = await Promise.all(
    names.sort().map((name): Promise<{ mutations: readonly Mutation[] }> => import(new URL(name, here).href)),
  );
  return lists.flatMap(({ mutations }) => mutations);
}
