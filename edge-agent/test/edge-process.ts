import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface EdgeProcess {
  readonly child: ChildProcess;
  readonly origin: string;
  /** From the start of the process to the line that says it serves. */
  readonly startMs: number;
  readonly output: { stdout: string; stderr: string };
  kill(signal: NodeJS.Signals): Promise<Ended>;
}

export const newDataDir = () => mkdtempSync(join(tmpdir(), 'carpool-edge-'));

function start(args: readonly string[], nodeArgs: readonly string[] = [], more: Record<string, string> = {}) {
  const bare = Object.entries(process.env).filter(([name]) => !name.startsWith('CARPOOL_'));
  const env = { ...Object.fromEntries(bare), ...more };
  const child = spawn(process.execPath, [...nodeArgs, main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  return { child, output };
}

/** Runs a command to its end. */
export async function edge(...args: string[]): Promise<Ended> {
  const { child, output } = start(args);
  const [code] = await once(child, 'close');
  return { code, ...output };
}

/** Starts `run` on any free port and waits until it serves. Rejects with its output when it ends instead. */
export async function runEdge(
  dataDir: string,
  args: readonly string[] = [],
  nodeArgs: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<EdgeProcess> {
  const startedMs = performance.now();
  const { child, output } = start(['run', '--data-dir', dataDir, '--listen', '127.0.0.1:0', ...args], nodeArgs, env);
  const closed = once(child, 'close');
  const origin = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const found = /on (http:\/\/\S+)/.exec(output.stdout)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', look);
    child.once('close', (code) => reject(new Error(`ended with ${code}: ${output.stderr}`)));
  });
  return {
    child,
    origin,
    startMs: performance.now() - startedMs,
    output,
    kill: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await closed;
      return { code, ...output };
    },
  };
}

/** One small Claude request; gives the status code and what was said. */
export async function ask(origin: string, key: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`${origin}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 32, messages: [{ role: 'user', content: 'hello' }] }),
  });
  return { status: response.status, body: await response.text() };
}
