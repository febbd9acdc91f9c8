import { parseArgs } from 'node:util';
import { simulate } from './simulation.ts';

/** `npm run sim -- --seeds N --from S`: many worlds; prints each seed that went wrong, and what did. */
const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } } });
const from = Number(values.from);
const seeds = Number(values.seeds);
const startedAtMs = Date.now();
let failures = 0;
let requests = 0;
for (let seed = from; seed < from + seeds; seed += 1) {
  const outcome = simulate(seed);
  requests += outcome.requests;
  if (outcome.wrong.length === 0 && seeds > 1) continue;
  failures += outcome.wrong.length > 0 ? 1 : 0;
  console.log(`seed ${seed}: ${outcome.wrong.length === 0 ? 'every invariant holds' : outcome.wrong.join('; ')}`);
  if (seeds === 1) console.log(`${outcome.faults.join('\n')}\n${outcome.answered} answered, ${outcome.refused} refused`);
}
const ms = Date.now() - startedAtMs;
console.log(`${seeds} seeds, ${requests} requests, ${failures} failed, ${Math.round((seeds * 60_000) / ms)} seeds/min`);
process.exitCode = failures === 0 ? 0 : 1;
