import { spawn } from 'node:child_process';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly onOutput?: ((soFar: string) => void) | undefined;
}

export interface Ran {
  /** null: it was killed at its deadline. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

const outputAtMost = 4 * 1024 * 1024;

/** Runs a program in a process group of its own, so that what it starts ends with it. */
export function runProgram(program: Program): Promise<Ran> {
  const startedAt = performance.now();
  const { command, args, cwd, env } = program;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (part: string) => {
      if (text[name].length < outputAtMost) text[name] += part;
      if (name === 'stdout') program.onOutput?.(text.stdout);
    });
  }
  const killGroup = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      killGroup();
    }, program.timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      killGroup();
      resolve({ ...text, code: late ? null : code, tookMs: performance.now() - startedAt });
    });
  });
}
