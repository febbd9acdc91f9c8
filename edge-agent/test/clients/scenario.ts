import { type Services, type Stage, setStage } from './stage.ts';

/** One thing that a client does through the node. `run` throws where a claim does not hold; what it returns is printed. */
export interface Scenario {
  readonly client: string;
  readonly what: string;
  readonly services?: Services;
  run(stage: Stage): Promise<string>;
}

export interface Outcome {
  readonly client: string;
  readonly what: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  readonly note: string;
  readonly tookMs: number;
}

/** Runs scenarios one after the other, each on a stage of its own. */
export async function runScenarios(scenarios: readonly Scenario[], report: (outcome: Outcome) => void): Promise<void> {
  for (const scenario of scenarios) {
    const { client, what } = scenario;
    const startedAt = performance.now();
    const stage = await setStage(scenario.services);
    let note: string;
    let verdict: Outcome['verdict'] = 'passed';
    try {
      note = await scenario.run(stage);
    } catch (error) {
      verdict = 'failed';
      note = error instanceof Error ? error.message : String(error);
    } finally {
      await stage.close();
    }
    report({ client, what, verdict, note, tookMs: performance.now() - startedAt });
  }
}
