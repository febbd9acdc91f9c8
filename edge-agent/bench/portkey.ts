import { spawn } from 'node:child_process';
import { type AddressInfo, connect, createServer } from 'node:net';
import { installClient } from '../test/clients/install-client.ts';
import type { Part } from './start-part.ts';

const startsWithinMs = 20_000;

/** The Portkey gateway of the same day, outside the checkout; why not, where it cannot be had. */
export async function startPortkey(): Promise<Part | { readonly why: string }> {
  const program = '@portkey-ai/gateway/build/start-server.js';
  const installed = await installClient({ name: '@portkey-ai/gateway', version: '1.15.2', program });
  if (!installed.ok) return installed;
  const port = await freePort();
  const env = { NODE_ENV: 'production', PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const args = [installed.program, '--headless', `--port=${port}`];
  const child = spawn(process.execPath, args, { stdio: 'ignore', env });
  for (const startedAt = performance.now(); performance.now() - startedAt < startsWithinMs; ) {
    if (child.exitCode !== null) return { why: `it ended with ${child.exitCode}` };
    if (await answers(port)) return { child, port };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  return { why: `it did not listen within ${startsWithinMs / 1000} s` };
}

/** What tells it where the question goes; the node knows that from the key. */
export function portkeyHeaders(origin: string): Readonly<Record<string, string>> {
  return { 'x-portkey-provider': 'anthropic', 'x-portkey-custom-host': `${origin}/v1` };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
