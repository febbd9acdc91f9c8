import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export function freshFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'aicarpool-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A program as a user starts it, with what it printed so far. */
export class Running {
  readonly child: ChildProcess;
  output = '';

  constructor(args: readonly string[], env: Record<string, string>) {
    const { PATH, HOME, LANG } = process.env;
    this.child = spawn(process.execPath, args, {
      cwd: root,
      env: { PATH, HOME, LANG, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
  }

  /** Resolves once the output matches; rejects with the output when the program ends or the time is up. */
  async says(pattern: RegExp, deadlineMs = 60_000): Promise<RegExpMatchArray> {
    const until = performance.now() + deadlineMs;
    while (performance.now() < until) {
      const match = this.output.match(pattern);
      if (match) return match;
      if (this.child.exitCode !== null || this.child.signalCode) break;
      await pause(20);
    }
    throw new Error(`never said ${pattern}; it said:\n${this.output}`);
  }

  /** Sends a signal and resolves with the exit code (null when the signal itself ended it). */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', (code) => resolve(code)));
    this.child.kill(signal);
    return ended;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Tries until it no longer throws; gives the last error when the time is up. */
export async function eventually<T>(attempt: () => Promise<T>, deadlineMs = 10_000): Promise<T> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
      await pause(25);
    }
  }
}

export interface Product {
  readonly running: Running;
  readonly consoleUrl: string;
  readonly nodeUrl: string;
  readonly startedInMs: number;
}

export const admin = { email: 'admin@example.com', password: 'correct horse battery staple' };

/** `npm start` on ports of its own, with a known admin. */
export async function startProduct(dataDir: string, env: Record<string, string> = {}): Promise<Product> {
  const [port, nodePort] = [
    env['CARPOOL_PORT'] ?? String(await freePort()),
    env['CARPOOL_CENTRAL_NODE_PORT'] ?? String(await freePort()),
  ];
  const begun = performance.now();
  const running = new Running(['install/run/start.ts'], {
    CARPOOL_DATA_DIR: dataDir,
    CARPOOL_ADMIN_EMAIL: admin.email,
    CARPOOL_ADMIN_PASSWORD: admin.password,
    ...env,
    CARPOOL_PORT: port,
    CARPOOL_CENTRAL_NODE_PORT: nodePort,
  });
  await running.says(/AiCarpool is running/);
  return {
    running,
    consoleUrl: `http://127.0.0.1:${port}`,
    nodeUrl: `http://127.0.0.1:${nodePort}`,
    startedInMs: performance.now() - begun,
  };
}
