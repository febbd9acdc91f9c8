import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Loose } from './canonical.ts';

/** Requests that a peer translated, with what both agree on; empty where the recordings are not beside the checkout. */
export function pairRequests(pair: string): { readonly name: string; readonly file: Loose }[] {
  const beside = fileURLToPath(new URL('../../../../shared/corpus', import.meta.url));
  const folder = path.join(process.env['CARPOOL_CORPUS'] ?? beside, 'translate', pair);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, file: JSON.parse(readFileSync(path.join(folder, name), 'utf8')) }));
}

/** A path of the corpus: `a.b.0.c`, `#` for a length, `#(k=="v")` for the first match. */
export function at(value: Loose, pathText: string): unknown {
  let found = value;
  for (const step of pathText.match(/#\([^)]*\)|[^.]+/g) ?? []) {
    if (found === undefined || found === null) return undefined;
    const match = /^#\((\w+)==\\?"([^"\\]*)\\?"\)$/.exec(step);
    if (match) found = found.find((one: Loose) => one[match[1] ?? ''] === match[2]);
    else if (step === '#') return found.length;
    else found = found[step];
  }
  return found;
}
