import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stack, type StackOptions } from './stack/stack.ts';

/** ci: a few seconds, beside everything else that is tested. */
export type Effort = 'ci' | 'short' | 'full';

/** A fault sown into the sources: with it the scenario must fail, or it proves nothing. */
export interface Mutation {
  readonly name: string;
  /** From the root of the checkout. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Scenario {
  /** `G-1`; several scenarios may bear one id. */
  readonly id: string;
  readonly title: string;
  /** false: takes minutes or the whole machine, and is left out of the everyday tests. */
  readonly everyday: boolean;
  /** What the machine lacks; undefined: nothing. */
  readonly lacks?: () => string | undefined;
  readonly mutations: readonly Mutation[];
  run(stage: Stage): Promise<void>;
}

/** Numbers from a seed, the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class SkipScenario extends Error {}

/** What a scenario plays on: a folder of its own, programs that are ended with it, and what was found wrong. */
export class Stage {
  readonly effort: Effort;
  readonly root: string;
  readonly seed: number;
  /** How long the centre stays away, where a scenario takes it away and was told so; undefined: as its effort says. */
  readonly awayMs: number | undefined;
  readonly random: () => number;
  readonly folder: string;
  readonly figures: Record<string, string | number> = {};
  readonly wrong: string[] = [];
  /** false: what it plays on is not there yet, or never came up. */
  isUp = false;
  readonly #closing: (() => Promise<void>)[] = [];
  #stacks = 0;

  constructor(id: string, { effort, root, seed, awayMs }: { effort: Effort; root: string; seed: number; awayMs?: number }) {
    this.awayMs = awayMs;
    this.effort = effort;
    this.root = root;
    this.seed = seed;
    this.random = seeded(seed);
    this.folder = mkdtempSync(join(tmpdir(), `aicarpool-${id.toLowerCase()}-`));
  }

  pick<T>(short: T, full: T, ci = short): T {
    return { ci, short, full }[this.effort];
  }

  async open(options: Partial<StackOptions> = {}): Promise<Stack> {
    this.isUp = false;
    const folder = join(this.folder, `stack-${++this.#stacks}`);
    mkdirSync(folder, { mode: 0o711 });
    const stack = await Stack.open({ folder, root: this.root, random: this.random, ...options }, (close) =>
      this.#closing.push(close),
    );
    this.isUp = true;
    return stack;
  }

  atEnd(close: () => Promise<void>): void {
    this.#closing.push(close);
  }

  expect(isTrue: boolean, otherwise: string): void {
    if (!isTrue && this.wrong.length < 50) this.wrong.push(otherwise);
  }

  expectAll(faults: readonly string[]): void {
    for (const fault of faults) this.expect(false, fault);
  }

  /** Ends everything; the folder stays where something was wrong. */
  async close(keep: boolean): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close().catch(() => undefined);
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }
}
