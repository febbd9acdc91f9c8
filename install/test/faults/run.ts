import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { copyWithFault } from './mutate.ts';
import { type Played, type PlayOptions, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { bePatient, endAllPrograms } from './stack/program.ts';
import { printTable } from './table.ts';

/**
 * `npm run test:faults [-- G-1 G-7 … --full --mutate --seed N --away SECONDS --keep --root FOLDER]`: the fault table of the product, in
 * real processes on this machine. `--mutate` sows the faults of each scenario instead, and every one must be noticed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ci: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    mutate: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    seed: { type: 'string' },
    away: { type: 'string' },
    root: { type: 'string', default: fileURLToPath(new URL('../../..', import.meta.url)) },
  },
});

const wanted = positionals.map((name) => name.toUpperCase());
const chosen = scenarios.filter(({ id }) => wanted.length === 0 || wanted.includes(id.toUpperCase()));
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed);
const options: PlayOptions = {
  effort: values.full ? 'full' : values.ci ? 'ci' : 'short',
  root: resolve(values.root),
  seed,
  keep: values.keep,
  ...(values.away === undefined ? {} : { awayMs: Number(values.away) * 1000 }),
};

if (process.env['CI']) bePatient(3);
process.on('exit', endAllPrograms);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const unknown = wanted.filter((name) => !scenarios.some(({ id }) => id === name));
if (unknown.length > 0) {
  console.error(`there is no scenario ${unknown.join(', ')}; there are ${[...new Set(scenarios.map(({ id }) => id))].join(' ')}`);
  process.exit(64);
}
if (values.list) {
  for (const { id, title, mutations } of scenarios) console.log(`${id.padEnd(5)} ${title} (${mutations.length} mutations)`);
  process.exit(0);
}

const played: Played[] = [];
for (const scenario of chosen) {
  if (values.mutate) played.push(...(await playMutants(scenario)));
  else played.push(await playAloud(scenario));
}
console.log(printTable(played));
process.exit(played.some(({ result }) => result === 'FAILED') ? 1 : 0);

async function playAloud(scenario: Scenario): Promise<Played> {
  process.stdout.write(`${scenario.id} ${scenario.title} … `);
  const one = await play(scenario, options);
  console.log(`${one.result} in ${one.seconds.toFixed(1)} s`);
  for (const line of one.why) console.log(`    ${line.split('\n').slice(0, 6).join('\n    ').slice(0, 1_500)}`);
  if (one.folder) console.log(`    kept: ${one.folder}`);
  return one;
}

/** A mutant that the scenario does not notice is what fails here. */
async function playMutants(scenario: Scenario): Promise<Played[]> {
  const results: Played[] = [];
  for (const mutation of scenario.mutations) {
    process.stdout.write(`${scenario.id} with "${mutation.name}" … `);
    const mutant = copyWithFault(options.root, mutation);
    try {
      // The checker stays as it is; only the programs are those of the mutant.
      const one = await play(scenario, { ...options, root: mutant.root });
      const result = one.result === 'FAILED' ? 'held' : one.result === 'held' ? 'FAILED' : one.result;
      const why = result === 'FAILED' ? ['the scenario held although the fault was there'] : one.why.slice(0, 3);
      console.log(result === 'held' ? `noticed: ${why[0]?.split('\n')[0]}` : result);
      results.push({ ...one, title: `with "${mutation.name}"`, result, why });
    } finally {
      mutant.remove();
    }
  }
  return results;
}
