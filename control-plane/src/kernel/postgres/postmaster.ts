import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterPlace } from './place-cluster.ts';
import { programOptions } from './run-program.ts';

export interface Cluster {
  readonly place: ClusterPlace;
  readonly bin: string;
  /** Folder of the socket. */
  readonly run: string;
  readonly url: string;
  /** false: no fsync, for tests only. */
  readonly durable: boolean;
}

export const dataOf = (cluster: Cluster): string => join(cluster.place.root, 'data');
const logOf = (cluster: Cluster): string => join(cluster.place.root, 'server.log');
const logLimitBytes = 16 * 1024 * 1024;

/** Starts the server, in a session of its own so that Ctrl-C reaches only us. It outlives us if we are killed. */
export async function spawnPostmaster(cluster: Cluster): Promise<ChildProcess> {
  const logFile = logOf(cluster);
  const size = await stat(logFile).then(
    ({ size }) => size,
    () => 0,
  );
  if (size > logLimitBytes) await rename(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(join(cluster.bin, 'postgres'), postmasterArguments(cluster), {
      ...programOptions(cluster.place.user),
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function postmasterArguments(cluster: Cluster): string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: cluster.run,
    unix_socket_permissions: '0700',
    max_connections: '100',
    shared_buffers: '64MB',
    max_wal_size: '512MB',
    wal_level: 'replica',
    max_wal_senders: '0',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(cluster.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return ['-D', dataOf(cluster), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

export interface PostmasterFile {
  readonly pid: number;
  readonly socketFolder: string;
  readonly isReady: boolean;
}

/** The server that holds the data files, if one is alive. A file left behind by a dead one, or naming a stranger, is removed. */
export async function findPostmaster(cluster: Cluster): Promise<PostmasterFile | undefined> {
  const path = join(dataOf(cluster), 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  if (await servesFolder(pid, dataOf(cluster))) {
    return { pid, socketFolder: lines[4] ?? '', isReady: lines[7]?.trim() === 'ready' };
  }
  if (isAlive(pid)) await rm(path, { force: true });
  return undefined;
}

// A pid may have been given to another program since; the server's working folder is its data folder.
async function servesFolder(pid: number, folder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    if (await isZombie(pid)) return false;
    return (await readlink(`/proc/${pid}/cwd`)) === folder;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES';
  }
}

async function isZombie(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
}

/** Is there a process of this id? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Is the server of this id still running (a finished one that nobody has reaped is not)? */
export async function isRunning(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  return !(await isZombie(pid).catch(() => true));
}

/** The last lines that the server wrote, for error messages. */
export async function tailOfLog(cluster: Cluster): Promise<string> {
  const text = await readFile(logOf(cluster), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-5).join('\n');
}
