import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../db.ts';
import { newLogger } from '../log/log.ts';
import { prepareBinaries } from './binaries.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { placeCluster } from './place-cluster.ts';
import { spawnPostmaster } from './postmaster.ts';

const log = newLogger('silent');
const isRoot = process.getuid?.() === 0;
let home: string;
let dataDir: string;
const opened: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'carpool-pg-'));
  if (isRoot) chmodSync(home, 0o711);
  dataDir = join(home, 'data');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of opened.splice(0)) await server.close();
  rmSync(home, { recursive: true, force: true });
});

async function start(folder = dataDir, patienceMs = 10_000): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: folder, log, patienceMs });
  opened.push(server);
  return server;
}

async function ask(server: EmbeddedPostgres, text: string): Promise<readonly Record<string, unknown>[]> {
  const database = openDatabase(server.address, { max: 1 });
  try {
    return await database.sql.unsafe(text);
  } finally {
    await database.close();
  }
}

/** A control plane's database part as a process of its own, to be killed. */
async function startProcess(): Promise<ChildProcess> {
  const module = new URL('embedded-postgres.ts', import.meta.url).href;
  const logModule = new URL('../log/log.ts', import.meta.url).href;
  const program = `
    const { startEmbeddedPostgres } = await import('${module}');
    const { newLogger } = await import('${logModule}');
    await startEmbeddedPostgres({ dataDir: process.argv[1], log: newLogger('silent') });
    console.log('up'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

test('keeps data over a restart, syncs to disk, listens on no port and lets nobody in without the password', async () => {
  const first = await start();
  await ask(first, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
  expect(await ask(first, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  expect(await ask(first, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
  const stranger = new URL(first.address.url);
  stranger.password = 'guess';
  const guess = openDatabase({ url: stranger.href }, { max: 1 });
  await expect(guess.sql`SELECT 1`).rejects.toThrow(/password/);
  await guess.close();
  await first.close();
  opened.pop();
  expect(() => process.kill(first.pid(), 0)).toThrow();
  const second = await start();
  expect(await ask(second, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('brings the server back within seconds when it is killed, and the pool finds it again', async () => {
  const server = await start();
  const pool = openDatabase(server.address);
  await pool.sql`CREATE TABLE t (n int)`;
  const before = server.pid();
  process.kill(before, 'SIGKILL');
  await expect.poll(() => server.pid(), { timeout: 8000 }).not.toBe(before);
  await expect.poll(() => pool.sql`SELECT 1 AS ok`.catch(() => undefined), { timeout: 8000 }).toEqual([{ ok: 1 }]);
  await pool.close();
});

test('adopts the server of a control plane that was killed', async () => {
  const child = await startProcess();
  const pid = Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  child.kill('SIGKILL');
  const server = await start();
  expect(server.pid()).toBe(pid);
});

test('refuses a data folder that a living control plane uses', async () => {
  await startProcess();
  await expect(start(dataDir, 800)).rejects.toThrow(/another control plane is using/);
});

test('refuses a server on its files that somebody else started', async () => {
  const first = await start();
  await first.close();
  opened.pop();
  const place = await placeCluster(dataDir);
  const run = join(place.root, 'data');
  const stranger = await spawnPostmaster({ place, bin: await prepareBinaries(place), run, url: '', durable: true });
  children.push(stranger);
  await expect(start(dataDir, 5000)).rejects.toThrow(new RegExp(`process ${stranger.pid}\\) that this program did not start`));
});

test('waits for a predecessor that is still stopping', async () => {
  const first = await start();
  opened.pop();
  const [second] = await Promise.all([start(), delay(300).then(() => first.close())]);
  await expect.poll(() => ask(second, 'SELECT 1 AS ok').catch(() => undefined), { timeout: 8000 }).toEqual([{ ok: 1 }]);
});

test('ignores a pid file that names a stranger', async () => {
  const first = await start();
  await first.close();
  opened.pop();
  writeFileSync(join(dataDir, 'postgres/data/postmaster.pid'), `${process.pid}\n${dataDir}\n0\n5432\n/nowhere\n\n\nready\n`);
  const second = await start();
  expect(await ask(second, 'SELECT 1 AS ok')).toEqual([{ ok: 1 }]);
});

test('puts its socket where the path is short enough, however deep the data folder lies', async () => {
  const deep = join(home, 'x'.repeat(60), 'y'.repeat(60));
  const server = await start(deep);
  expect(await ask(server, 'SELECT 1 AS ok')).toEqual([{ ok: 1 }]);
});

test.skipIf(!isRoot)('works as root below a folder that only root may enter, with binaries of its own there', async () => {
  chmodSync(home, 0o700);
  const server = await start();
  expect(await ask(server, 'SELECT 1 AS ok')).toEqual([{ ok: 1 }]);
  const place = realpathSync(join(dataDir, 'postgres'));
  expect(place.startsWith(home)).toBe(false);
  expect(statSync(place).uid).not.toBe(0);
  await server.close();
  opened.pop();
  rmSync(place, { recursive: true });
});

test.skipIf(!isRoot)('works as a normal user', async () => {
  const user = 65_534;
  mkdirSync(dataDir);
  chownSync(dataDir, user, user);
  const module = new URL('embedded-postgres.ts', import.meta.url).href;
  const logModule = new URL('../log/log.ts', import.meta.url).href;
  const program = `
    const { startEmbeddedPostgres } = await import('${module}');
    const { newLogger } = await import('${logModule}');
    const server = await startEmbeddedPostgres({ dataDir: process.argv[1], log: newLogger('silent') });
    await server.close(); console.log('done');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
    uid: user,
    gid: user,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  await new Promise((resolve) => child.once('close', resolve));
  expect(output).toBe('done\n');
});
