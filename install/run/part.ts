import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LogFile } from './log-file.ts';

const leaveWithParent = fileURLToPath(new URL('leave-with-parent.ts', import.meta.url));

export interface PartOptions {
  readonly name: string;
  /** Arguments of `node`: the program and what it is told. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: LogFile;
  readonly readyUrl: string;
  readonly watch: boolean;
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;
const stopDeadlineMs = 45_000;

/** Exit codes by which a program says that starting it again would end the same way. */
const finalCodes: readonly (number | null)[] = [64, 75, 77, 78];

/** A program that never came up: says why, in the words of the program itself. */
export class PartFailed extends Error {
  constructor(name: string, tail: string) {
    super(`${name} did not start:\n${plainLines(tail) || '(it said nothing)'}`);
  }
}

/** The log keeps every line; a person is shown what was said in words, if anything was. */
function plainLines(tail: string): string {
  const lines = tail.trim().split('\n');
  const plain = lines.filter((line) => !line.startsWith('{"'));
  return (plain.length > 0 ? plain : lines).join('\n').trim();
}

/**
 * One program under supervision: started again whenever it ends by itself, after a pause that doubles from
 * 0.25 s to 5 s and is forgotten once the program answers again.
 */
export class Part {
  readonly #options: PartOptions;
  #child: ChildProcess | undefined;
  #pauseMs = firstPauseMs;
  #wasReady = false;
  #stopping = false;
  #tail = '';
  #ended: Promise<void> = Promise.resolve();

  constructor(options: PartOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the program answers; rejects with PartFailed when it ends or stays silent before it ever did. */
  async start(deadlineMs: number): Promise<void> {
    if (this.#stopping) throw new PartFailed(this.#options.name, 'it was told to stop');
    this.#run();
    await this.#untilReady(deadlineMs);
    this.#wasReady = true;
  }

  /** Asks the program, once, to finish what it began, waits, and ends it by force after `deadlineMs` (45 s). */
  async stop(deadlineMs = stopDeadlineMs): Promise<void> {
    const child = this.#child;
    const isAsked = this.#stopping;
    this.#stopping = true;
    if (!child) return;
    if (!isAsked) child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    await this.#ended;
    clearTimeout(force);
  }

  #run(): void {
    const { args, cwd, env, watch } = this.#options;
    // A process group of its own: Ctrl-C reaches the supervisor alone, which then stops the parts in order.
    const child = spawn(process.execPath, [...(watch ? ['--watch'] : []), '--import', leaveWithParent, ...args], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => this.#hear(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#hear(chunk));
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => {
        this.#child = undefined;
        resolve();
        if (this.#stopping || !this.#wasReady) return;
        if (finalCodes.includes(code)) console.error(`${this.#options.name} will not be started again:\n${this.#tail}`);
        else this.#runAgain();
      });
    });
  }

  #runAgain(): void {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
    console.error(`${this.#options.name} ended; starting it again`);
    setTimeout(() => {
      if (this.#stopping) return;
      this.#run();
      this.#untilReady(60_000).then(
        () => {
          this.#pauseMs = firstPauseMs;
        },
        () => undefined,
      );
    }, pauseMs);
  }

  #hear(chunk: Buffer): void {
    this.#options.log.write(chunk);
    this.#tail = (this.#tail + chunk.toString()).slice(-4_000);
  }

  async #untilReady(deadlineMs: number): Promise<void> {
    const { name, readyUrl } = this.#options;
    const until = performance.now() + deadlineMs;
    while (performance.now() < until) {
      if (!this.#child) throw new PartFailed(name, this.#tail);
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new PartFailed(name, `${this.#tail}\nit did not answer ${readyUrl} within ${deadlineMs / 1000} s`);
  }
}
