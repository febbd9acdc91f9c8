import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readLists } from '../../dev/mutations/read-lists.ts';
import { scenarios } from './scenarios/index.ts';

const root = new URL('../../../', import.meta.url);

const sources = new Map<string, string>();
function sourceOf(file: string): string {
  const text = sources.get(file) ?? readFileSync(new URL(file, root), 'utf8');
  sources.set(file, text);
  return text;
}

/** Those of the list whose text is not in its file exactly once. */
function misplaced(mutations: readonly { file: string; find: string; name: string }[]): string[] {
  return mutations
    .filter(({ file, find }) => sourceOf(file).split(find).length !== 2)
    .map(({ file, name }) => `${name}: ${fileURLToPath(new URL(file, root))}`);
}

it('every bug that a scenario of the fault table can sow still has its place in the code', () => {
  const sown = scenarios.flatMap(({ mutations }) => mutations);
  expect(sown.length).toBeGreaterThan(29);
  expect(misplaced(sown)).toEqual([]);
});

it('so has every bug of the lists that are replayed', async () => {
  const listed = await readLists();
  expect(listed.length).toBeGreaterThan(100);
  expect(misplaced(listed)).toEqual([]);
});
