import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyCheckout } from './copy-checkout.ts';
import type { Mutation } from './mutation.ts';
import { readLists } from './read-lists.ts';

/**
 * `npm run test:mutations [-- word …]`: every bug of every list in this folder (words: only those whose name or file has
 * one of them), one at a time, each in a copy of the checkout. Fails when a bug is not noticed.
 */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const deadlineMs = 180_000;
const parallel = Math.max(1, Math.min(3, availableParallelism() - 1));

interface Outcome {
  readonly mutation: Mutation;
  readonly verdict: 'killed' | 'survived' | 'invalid';
  readonly why: string;
  readonly ms: number;
}

const words = process.argv.slice(2);
const all = await readLists();
const chosen = words.length === 0 ? all : all.filter(({ name, file }) => words.some((word) => `${name} ${file}`.includes(word)));
const places = mkdtempSync(join(tmpdir(), 'aicarpool-mutations-'));
try {
  const outcomes = await replayAll(chosen);
  const failed = outcomes.filter(({ verdict }) => verdict !== 'killed');
  console.log(`mutations: ${outcomes.length - failed.length} of ${outcomes.length} killed`);
  process.exitCode = failed.length === 0 && outcomes.length > 0 ? 0 : 1;
} finally {
  rmSync(places, { recursive: true, force: true });
}

/** Each worker has a copy of its own. First the tests must be green without any bug. */
async function replayAll(mutations: readonly Mutation[]): Promise<Outcome[]> {
  const workers = Array.from({ length: Math.min(parallel, mutations.length) }, (_, at) => join(places, `copy-${at}`));
  for (const copy of workers) copyCheckout(root, copy);
  const tests = [...new Map(mutations.map((mutation) => [`${mutation.project} ${mutation.test}`, mutation])).values()];
  const red = new Set<string>();
  await each(workers, tests, async (copy, { test, project }) => {
    if ((await runTest(copy, test, project)) !== 'green') red.add(`${project} ${test}`);
  });
  for (const test of red) console.error(`not green before anything was changed: ${test}`);
  const outcomes: Outcome[] = [];
  await each(workers, mutations, async (copy, mutation) => {
    const outcome = await replay(copy, mutation, red.has(`${mutation.project} ${mutation.test}`));
    outcomes.push(outcome);
    console.log(`${outcome.verdict.padEnd(8)} ${mutation.name} (${outcome.ms} ms${outcome.why && `, ${outcome.why}`})`);
  });
  return outcomes;
}

async function replay(copy: string, mutation: Mutation, isRed: boolean): Promise<Outcome> {
  const startedAtMs = Date.now();
  const file = join(copy, mutation.file);
  const text = readFileSync(file, 'utf8');
  const said = (verdict: Outcome['verdict'], why = ''): Outcome => ({ mutation, verdict, why, ms: Date.now() - startedAtMs });
  if (isRed) return said('invalid', 'its test is red anyway');
  if (text.split(mutation.find).length !== 2) return said('invalid', `${mutation.file} does not have its text exactly once`);
  writeFileSync(
    file,
    text.replace(mutation.find, () => mutation.replace),
  );
  try {
    const color = await runTest(copy, mutation.test, mutation.project);
    if (color === 'broken') return said('invalid', 'the test could not run');
    return said(color === 'green' ? 'survived' : 'killed', color === 'late' ? 'by its deadline' : '');
  } finally {
    writeFileSync(file, text);
  }
}

/** red: a test failed; broken: none ran. */
function runTest(copy: string, test: string, project = 'plain'): Promise<'green' | 'red' | 'late' | 'broken'> {
  const config = join(copy, 'install/dev/vitest.config.ts');
  const args = [vitest, 'run', '--config', config, '--project', project, '--bail', '1', join(copy, test)];
  const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.resume();
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const counted = /(\d+) passed, (\d+) failed/.exec(said);
      if (signal) resolve('late');
      else if (!counted || Number(counted[1]) + Number(counted[2]) === 0) resolve('broken');
      else resolve(code === 0 ? 'green' : 'red');
    });
  });
}

async function each<T>(
  workers: readonly string[],
  items: readonly T[],
  act: (copy: string, item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    workers.map(async (copy) => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(copy, item);
    }),
  );
}
