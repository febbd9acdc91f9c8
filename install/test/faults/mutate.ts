import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyCheckout } from '../../dev/mutations/copy-checkout.ts';
import type { Played } from './play.ts';
import type { Mutation, Scenario } from './scenario.ts';

/**
 * The scenario on a copy of the checkout: first as it is, then with one of its faults sown at a time; the checker is that of
 * the checkout. What it does not notice is FAILED, and so is a fault that keeps the programs from coming up: nobody had to
 * notice that.
 */
export async function playMutants(scenario: Scenario, root: string, playOn: Play): Promise<Played[]> {
  if (scenario.mutations.length === 0) return [];
  const copy = mkdtempSync(join(tmpdir(), 'aicarpool-mutant-'));
  try {
    copyCheckout(root, copy);
    const sound = await playOn(copy, 'without a fault');
    if (sound.result !== 'held') return [{ ...sound, title: 'without a fault', why: ['it does not hold anyway', ...sound.why] }];
    const results: Played[] = [];
    for (const mutation of scenario.mutations) {
      const undo = sow(copy, mutation);
      const title = `with "${mutation.name}"`;
      results.push({ ...judgeMutant(await playOn(copy, title)), title });
      undo();
    }
    return results;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

export type Play = (root: string, title: string) => Promise<Played>;

function judgeMutant(one: Played): Played {
  if (one.result === 'skipped') return one;
  if (one.result === 'held') return { ...one, result: 'FAILED', why: ['it held although the fault was there'] };
  if (!one.begun)
    return { ...one, result: 'FAILED', why: ['with the fault nothing came up, so that nothing was tried', ...one.why] };
  return { ...one, result: 'held' };
}

function sow(copy: string, { name, file, find, replace }: Mutation): () => void {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`${name}: the text to change stands ${places} times in ${file}`);
  writeFileSync(
    path,
    text.replace(find, () => replace),
  );
  return () => writeFileSync(path, text);
}
