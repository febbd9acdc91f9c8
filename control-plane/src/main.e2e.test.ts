import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
let home: string;
let port: number;
let base: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'carpool-main-'));
  chmodSync(home, 0o711);
  port = await freePort();
  base = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  for (const child of children) await end(child, 'SIGTERM');
  rmSync(home, { recursive: true, force: true });
});

interface Program extends ChildProcess {
  output?: string;
}

function run(env: Record<string, string> = {}): Program {
  const { PATH } = process.env;
  const child: Program = spawn(process.execPath, [main], {
    env: { PATH, CARPOOL_DATA_DIR: join(home, 'data'), CARPOOL_PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      child.output += chunk;
    });
  }
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function ready(child: Program): Promise<void> {
  const isReady = () =>
    fetch(`${base}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(async () => child.exitCode !== null || (await isReady()), { timeout: 60_000, interval: 20 }).toBe(true);
  expect(child.output).not.toMatch(/"level":"error"/);
}

async function end(child: Program, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

const firstRun = () => JSON.parse(readFileSync(join(home, 'data/first-run.json'), 'utf8'));
const logIn = async () => {
  const { admin_email: email, admin_password: password } = firstRun();
  return await fetch(`${base}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
};

test('starts on an empty folder, leaves login, demo key and node token where only the owner reads them, and ends with 0', async () => {
  const child = run();
  await ready(child);
  expect((await logIn()).status).toBe(200);
  expect(firstRun().demo_key).toMatch(/^acp_/);
  for (const name of ['first-run.json', 'master.key', 'central-node/registration-token']) {
    expect([name, statSync(join(home, 'data', name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  expect(child.output).not.toContain(firstRun().admin_password);
  expect(await end(child, 'SIGTERM')).toBe(0);
  expect(existsSync(join(home, 'data/postgres/data/postmaster.pid'))).toBe(false);
});

test('starts again on its data within seconds, with the same admin and no second demo', async () => {
  const before = readFileSync(join(home, 'data/first-run.json'), 'utf8');
  const startedAtMs = performance.now();
  const child = run();
  await ready(child);
  expect(performance.now() - startedAtMs).toBeLessThan(6000);
  expect((await logIn()).status).toBe(200);
  expect(readFileSync(join(home, 'data/first-run.json'), 'utf8')).toBe(before);
  await end(child, 'SIGKILL');
});

test('goes on after it was killed, and after its database was', async () => {
  const child = run();
  await ready(child);
  const pid = Number(readFileSync(join(home, 'data/postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  const statuses = new Set<number>();
  await expect
    .poll(
      async () => {
        const { status, headers } = await fetch(`${base}/api/v1/auth/login`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ email: `${performance.now()}@example.com`, password: 'x' }),
        });
        if (status === 503) expect(headers.get('retry-after')).toBe('1');
        statuses.add(status);
        return status;
      },
      { timeout: 10_000, interval: 20 },
    )
    .toBe(401);
  expect([...statuses].filter((status) => status !== 401 && status !== 503)).toEqual([]);
  expect(await end(child, 'SIGINT')).toBe(0);
});

test('shows metrics on an address of their own when there is one', async () => {
  const metricsPort = await freePort();
  const child = run({ CARPOOL_METRICS_LISTEN: `127.0.0.1:${metricsPort}` });
  await ready(child);
  expect(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).toContain('carpool_control_process_cpu');
  expect((await fetch(`${base}/metrics`)).status).toBe(404);
  expect(await end(child, 'SIGTERM')).toBe(0);
});

test('stops at a wrong setting with one sentence', async () => {
  const child = run({ CARPOOL_PROT: '1' });
  await expect.poll(() => child.exitCode, { timeout: 10_000 }).toBe(1);
  expect(child.output).toBe('there is no variable CARPOOL_PROT: did you mean CARPOOL_PORT?\n');
});

test('refuses to start beside another one on the same data', async () => {
  const first = run();
  await ready(first);
  const second = run({ CARPOOL_PORT: String(await freePort()) });
  await expect.poll(() => second.exitCode, { timeout: 40_000 }).toBe(1);
  expect(second.output).toMatch(/another control plane is using/);
  await end(first, 'SIGTERM');
});
