import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { playMutants } from './mutate.ts';
import { type Played, type PlayOptions, play } from './play.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { bePatient, endAllPrograms } from './stack/program.ts';
import { printTable } from './table.ts';

/**
 * `npm run test:faults [-- G-1 G-7 … --full --mutate --seed N --away SECONDS --keep --root FOLDER]`: the fault table of the product, in
 * real processes on this machine. `--mutate` sows the faults of each scenario instead, and every one must be noticed by a check.
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
  if (values.mutate) {
    const results = await playMutants(scenario, options.root, (root, title) =>
      playAloud({ ...scenario, title }, { ...options, root }),
    );
    for (const { result, why } of results)
      console.log(`    ${result === 'held' ? 'noticed' : result}: ${why[0]?.split('\n')[0]}`);
    played.push(...results);
  } else played.push(await playAloud(scenario, options));
}
console.log(printTable(played));
process.exit(played.some(({ result }) => result === 'FAILED') ? 1 : 0);

async function playAloud(scenario: Scenario, options: PlayOptions): Promise<Played> {
  process.stdout.write(`${scenario.id} ${scenario.title} … `);
  const one = await play(scenario, options);
  console.log(`${one.result} in ${one.seconds.toFixed(1)} s`);
  for (const line of one.why) console.log(`    ${line.split('\n').slice(0, 6).join('\n    ').slice(0, 1_500)}`);
  if (one.folder) console.log(`    kept: ${one.folder}`);
  return one;
}
