import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { play } from './play.ts';
import { scenarios } from './scenarios/index.ts';
import { bePatient, endAllPrograms } from './stack/program.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A few seconds of every scenario that needs neither minutes nor the whole machine; `npm run test:faults` plays them all. */
describe.runIf(process.platform === 'linux').concurrent('the fault table, briefly', () => {
  beforeAll(() => bePatient(3));
  afterAll(endAllPrograms);

  const everyday = scenarios.filter((scenario) => scenario.everyday);
  it.for(everyday.map((scenario) => [`${scenario.id}: ${scenario.title}`, scenario] as const))(
    '%s',
    { timeout: 240_000 },
    async ([, scenario], { skip, expect }) => {
      const played = await play(scenario, { effort: 'ci', root, seed: Date.now() % 1_000_000, deadlineMs: 200_000 });
      if (played.result === 'skipped') skip(played.why[0]);
      const told = [...played.why, `seed ${played.figures['seed']}`, `kept in ${played.folder}`].join('\n');
      expect(played.result, told).toBe('held');
    },
  );
});
