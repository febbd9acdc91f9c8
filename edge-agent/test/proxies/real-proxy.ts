import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProxyEntry } from '../../src/snapshot/snapshot.ts';
import { proxyEntry } from './small-proxy.ts';

export interface RealProxy {
  readonly entry: (id: string, more?: Partial<ProxyEntry>) => ProxyEntry;
  /** SIGKILL, as a machine that is gone. */
  kill(): Promise<void>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

const startsWithinMs = 5_000;

export async function startMicrosocks(program: string, login?: Login): Promise<RealProxy> {
  const port = await freePort();
  const args = ['-i', '127.0.0.1', '-p', String(port), ...(login ? ['-u', login.username, '-P', login.password] : [])];
  return await started(spawn(program, args, { stdio: 'ignore' }), port, login, () => undefined);
}

export async function startTinyproxy(program: string, login?: Login): Promise<RealProxy> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'carpool-tinyproxy-'));
  const lines = [
    `Port ${port}`,
    'Listen 127.0.0.1',
    'Timeout 60',
    'MaxClients 50',
    `LogFile "${folder}/log"`,
    'Allow 127.0.0.1',
    ...(login ? [`BasicAuth ${login.username} ${login.password}`] : []),
  ];
  writeFileSync(join(folder, 'conf'), `${lines.join('\n')}\n`);
  const child = spawn(program, ['-d', '-c', join(folder, 'conf')], { stdio: 'ignore' });
  const proxy = await started(child, port, login, () => rmSync(folder, { recursive: true, force: true }));
  const http = { type: 'http' } as const;
  return { ...proxy, entry: (id, more) => proxy.entry(id, { ...http, ...more }) };
}

async function started(child: ChildProcess, port: number, login: Login | undefined, tidy: () => void): Promise<RealProxy> {
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const facts = { port, ...(login ? { username: login.username, password: () => login.password } : {}) };
  const proxy: RealProxy = {
    entry: (id, more) => proxyEntry(id, { ...facts, ...more }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      tidy();
    },
  };
  for (const untilMs = performance.now() + startsWithinMs; performance.now() < untilMs; ) {
    if (await answers(port)) return proxy;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await proxy.kill();
  throw new Error('the proxy did not start');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
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
