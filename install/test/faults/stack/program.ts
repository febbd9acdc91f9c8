import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProgramOptions {
  /** Shown in failures; also the name of its log file. */
  readonly name: string;
  readonly command?: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Everything it says is kept here, over restarts, for whoever looks for secrets or for causes. */
  readonly logFile: string;
}

const living = new Set<ChildProcess>();

/** Every program that this process started and that still runs is ended with it. */
export function endAllPrograms(): void {
  for (const child of living) child.kill('SIGKILL');
}

/** A program under test: started, listened to, killed by its own id. */
export class Program {
  readonly name: string;
  readonly child: ChildProcess;
  /** Since this start. */
  output = '';
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;

  constructor({ name, command = process.execPath, args, cwd, env, logFile }: ProgramOptions) {
    this.name = name;
    const { PATH, HOME, LANG, TMPDIR } = process.env;
    this.child = spawn(command, args, {
      cwd,
      env: { PATH, HOME, LANG, ...(TMPDIR ? { TMPDIR } : {}), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    living.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output = (this.output + chunk.toString()).slice(-1_000_000);
        appendFileSync(logFile, chunk);
      });
    }
    this.ended = new Promise((resolve) => {
      this.child.once('error', () => resolve({ code: -1, signal: null }));
      this.child.once('close', (code, signal) => {
        living.delete(this.child);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  /** Resolves with its exit code; by force once the time is up. */
  async end(signal: NodeJS.Signals = 'SIGTERM', deadlineMs = 50_000): Promise<number | null> {
    if (this.isRunning) this.child.kill(signal);
    const force = setTimeout(() => this.child.kill('SIGKILL'), deadlineMs);
    const { code } = await this.ended;
    clearTimeout(force);
    return code;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let patience = 1;

/** Beside many other tests everything takes longer: every deadline of this process is so many times as long. */
export function bePatient(times: number): void {
  patience = times;
}

/** Tries until it no longer throws; gives the last error when the time is up. */
export async function eventually<T>(attempt: () => Promise<T> | T, deadlineMs = 20_000, everyMs = 25): Promise<T> {
  const until = performance.now() + deadlineMs * patience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
      await pause(everyMs);
    }
  }
}

export interface ProcessVitals {
  readonly rssMb: number;
  readonly openFiles: number;
  readonly sockets: number;
}

/** What the system says a process holds. Linux only; undefined where the process is gone. */
export function findVitals(pid: number): ProcessVitals | undefined {
  try {
    const rssKb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    return { rssMb: rssKb / 1024, openFiles: links.length, sockets: links.filter((link) => link.startsWith('socket:')).length };
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
