import { type Effort, type Scenario, SkipScenario, Stage } from './scenario.ts';

export interface Played {
  readonly id: string;
  readonly title: string;
  readonly result: 'held' | 'FAILED' | 'skipped';
  readonly figures: Readonly<Record<string, string | number>>;
  readonly seconds: number;
  /** Everything came up that it plays on. */
  readonly begun: boolean;
  /** Why it was skipped, or what did not hold. */
  readonly why: readonly string[];
  /** Of the files that were kept because something did not hold. */
  readonly folder: string | undefined;
}

export interface PlayOptions {
  readonly effort: Effort;
  readonly root: string;
  readonly seed: number;
  readonly awayMs?: number;
  readonly keep?: boolean;
  /** Rejects when it has not ended by then, and everything is closed. */
  readonly deadlineMs?: number;
}

/** Plays one scenario to its end and says what became of it. Never rejects; leaves no program behind. */
export async function play(scenario: Scenario, options: PlayOptions): Promise<Played> {
  const { id, title } = scenario;
  const begunAt = performance.now();
  const lacking = scenario.lacks?.();
  if (lacking !== undefined) {
    return { id, title, result: 'skipped', figures: {}, seconds: 0, begun: false, why: [lacking], folder: undefined };
  }
  const stage = new Stage(id, options);
  const why: string[] = [];
  let skipped = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      const ms = options.deadlineMs ?? (options.effort === 'full' ? 24 * 3_600_000 : 300_000 + 2 * (options.awayMs ?? 0));
      timer = setTimeout(() => reject(new Error(`not done after ${ms / 1000} s`)), ms);
    });
    await Promise.race([scenario.run(stage), late]);
    why.push(...stage.wrong);
  } catch (error) {
    skipped = error instanceof SkipScenario;
    why.push(...stage.wrong, error instanceof Error ? (skipped ? error.message : (error.stack ?? error.message)) : String(error));
  }
  clearTimeout(timer);
  const failed = why.length > 0 && !skipped;
  const keep = failed || options.keep === true;
  await stage.close(keep);
  return {
    id,
    title,
    result: skipped ? 'skipped' : failed ? 'FAILED' : 'held',
    figures: { ...stage.figures, ...(failed ? { seed: stage.seed } : {}) },
    seconds: (performance.now() - begunAt) / 1000,
    begun: stage.isUp,
    why,
    folder: keep ? stage.folder : undefined,
  };
}
