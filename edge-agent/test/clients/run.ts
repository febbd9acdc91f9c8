import { ampPackage, ampScenarios } from './amp.ts';
import { claudeCodePackage, claudeCodeScenarios } from './claude-code.ts';
import { codexCliPackage, codexCliScenarios } from './codex-cli.ts';
import { geminiCliPackage, geminiCliScenarios } from './gemini-cli.ts';
import { type ClientPackage, installClient } from './install-client.ts';
import { type Outcome, runScenarios, type Scenario } from './scenario.ts';
import { sdkScenarios } from './sdks.ts';

/**
 * `npm run test:clients [-- words]`: the real clients, at pinned versions, through a whole node to a scripted provider.
 * With words, only scenarios whose client or title holds them all.
 */
const words = process.argv.slice(2).map((word) => word.toLowerCase());
const startedAt = performance.now();

interface Family {
  readonly needs: ClientPackage | undefined;
  readonly scenarios: (program: string) => Scenario[];
}

const families: readonly Family[] = [
  { needs: claudeCodePackage, scenarios: claudeCodeScenarios },
  { needs: geminiCliPackage, scenarios: geminiCliScenarios },
  { needs: codexCliPackage, scenarios: codexCliScenarios },
  { needs: ampPackage, scenarios: ampScenarios },
  { needs: undefined, scenarios: sdkScenarios },
];

const outcomes: Outcome[] = [];
const marks = { passed: 'ok  ', failed: 'FAIL', skipped: 'skip' };

function report(outcome: Outcome): void {
  outcomes.push(outcome);
  const { client, what, verdict, note, tookMs } = outcome;
  const took = `${(tookMs / 1000).toFixed(1)} s`;
  console.log(`${marks[verdict]}  ${client.padEnd(28)} ${what.padEnd(36)} ${took.padStart(7)}  ${note.replaceAll('\n', ' ')}`);
}

function wanted({ client, what }: Scenario): boolean {
  const title = `${client} ${what}`.toLowerCase();
  return words.every((word) => title.includes(word));
}

async function runFamily({ needs, scenarios }: Family): Promise<void> {
  const chosen = scenarios('').filter(wanted);
  if (chosen.length === 0) return;
  const installed = needs ? await installClient(needs) : { ok: true as const, program: '' };
  if (installed.ok) return runScenarios(scenarios(installed.program).filter(wanted), report);
  for (const { client, what } of chosen) report({ client, what, verdict: 'skipped', note: installed.why, tookMs: 0 });
}

await Promise.all(families.map(runFamily));

const count = (verdict: Outcome['verdict']) => outcomes.filter((one) => one.verdict === verdict).length;
console.log(`\n${Math.round((performance.now() - startedAt) / 1000)} s`);
console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exitCode = count('failed') > 0 ? 1 : 0;
