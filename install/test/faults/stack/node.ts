import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeRecord } from '../../../../edge-agent/src/commands/record/node-record.ts';
import { freePort } from '../../product.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { eventually, findVitals, type ProcessVitals, Program } from './program.ts';
import type { RealWire } from './real-wire.ts';

export interface NodeOptions {
  readonly name: string;
  readonly folder: string;
  readonly root: string;
  /** Where it finds the control plane, by a wire that can be cut. */
  readonly toCentre: FaultProxy;
  /** Before that wire, one of the kernel's own. */
  readonly realWire?: RealWire;
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** Stands before the program: `strace -f …`. */
  readonly under?: readonly string[];
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly readyMs?: number;
}

const clock = fileURLToPath(new URL('shifted-clock.ts', import.meta.url));
const listensAt = /on (http:\/\/\S+)/;

/** One edge node: a folder that outlives its processes, a port that stays, a wire to the centre. */
export class EdgeNode {
  readonly name: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly toCentre: FaultProxy;
  readonly realWire: RealWire | undefined;
  readonly #options: NodeOptions;
  readonly #clockFile: string;
  #port = 0;
  #program: Program | undefined;
  /** How long the last start took until it served. */
  startMs = 0;

  constructor(options: NodeOptions) {
    this.#options = options;
    this.name = options.name;
    this.dataDir = join(options.folder, options.name);
    this.logFile = join(options.folder, `${options.name}.log`);
    this.#clockFile = join(options.folder, `${options.name}.clock.json`);
    this.toCentre = options.toCentre;
    this.realWire = options.realWire;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get program(): Program {
    if (!this.#program) throw new Error(`${this.name} was never started`);
    return this.#program;
  }

  get #centreUrl(): string {
    return this.realWire?.url ?? this.toCentre.url;
  }

  get isRunning(): boolean {
    return this.#program?.isRunning ?? false;
  }

  /** What it last wrote down about itself. */
  get record(): NodeRecord {
    return JSON.parse(readFileSync(join(this.dataDir, 'status.json'), 'utf8')) as NodeRecord;
  }

  get vitals(): ProcessVitals | undefined {
    return findVitals(this.program.pid);
  }

  async enroll(token: string): Promise<void> {
    mkdirSync(this.dataDir, { recursive: true, mode: 0o700 });
    const where = ['--control-plane', this.#centreUrl, '--data-dir', this.dataDir];
    const program = this.#spawn(['enroll', ...where, '--token', token, '--name', this.name], {});
    const { code } = await program.ended;
    if (code !== 0) throw new Error(`${this.name} was not enrolled:\n${program.output}`);
  }

  /** Resolves when it serves; rejects with what it said when it ends instead. */
  async start(run: RunOptions = {}): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const begunAt = performance.now();
    const { workers } = this.#options;
    const args = ['run', '--data-dir', this.dataDir, '--listen', `127.0.0.1:${this.#port}`, '--control-plane', this.#centreUrl];
    this.#program = this.#spawn([...args, ...(workers ? ['--workers', String(workers)] : []), ...(run.args ?? [])], run);
    const program = this.#program;
    await eventually(
      async () => {
        if (!program.isRunning || listensAt.test(program.output)) return;
        throw new Error(`${this.name} does not come up`);
      },
      run.readyMs ?? 60_000,
      5,
    );
    if (!program.isRunning) throw new Error(`${this.name} ended:\n${program.output.slice(-3_000)}`);
    this.startMs = performance.now() - begunAt;
  }

  /** Serves with a config: answers `/readyz`. */
  async ready(deadlineMs = 30_000): Promise<void> {
    await eventually(async () => {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      await answer.body?.cancel();
      if (!answer.ok) throw new Error(`${this.name} is not ready: ${answer.status}`);
    }, deadlineMs);
  }

  async kill(): Promise<void> {
    await this.#program?.end('SIGKILL');
  }

  /** As a supervisor stops it: streams end, books close. */
  async stop(): Promise<number | null> {
    return (await this.#program?.end('SIGTERM')) ?? null;
  }

  /** From now on its wall clock is off by `offsetMs` and runs at `rate`. For a start with `withClock`. */
  shiftClock(offsetMs: number, rate = 1): void {
    writeFileSync(this.#clockFile, JSON.stringify({ offsetMs, rate, sinceMs: Date.now() }));
  }

  get withClock(): RunOptions {
    return { nodeArgs: ['--import', `file://${clock}?file=${encodeURIComponent(this.#clockFile)}`] };
  }

  #spawn(args: readonly string[], { under = [], nodeArgs = [], env = {} }: RunOptions): Program {
    const line = [...under, process.execPath, '--max-semi-space-size=8', ...nodeArgs, 'edge-agent/src/main.ts', ...args];
    const [command = process.execPath, ...rest] = line;
    return new Program({
      name: this.name,
      command,
      args: rest,
      cwd: this.#options.root,
      env: { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8,10.231.0.0/16', ...this.#options.env, ...env },
      logFile: this.logFile,
    });
  }
}
