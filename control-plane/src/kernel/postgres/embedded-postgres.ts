import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { openDatabase, type ServerAddress, sqlStateOf } from '../db.ts';
import type { Logger } from '../log/log.ts';
import { prepareBinaries } from './binaries.ts';
import { initCluster, superuser } from './init-cluster.ts';
import { type ClusterPlace, placeCluster } from './place-cluster.ts';
import { type Cluster, findPostmaster, isRunning, spawnPostmaster, tailOfLog } from './postmaster.ts';
import { explainSpawnError } from './run-program.ts';

export interface EmbeddedOptions {
  /** The server's files go to `<dataDir>/postgres`. */
  readonly dataDir: string;
  readonly log: Logger;
  /** false: no fsync, for tests only. */
  readonly durable?: boolean;
  /** How long to wait for a predecessor that is still stopping, or for recovery. */
  readonly patienceMs?: number;
}

export interface EmbeddedPostgres {
  readonly address: ServerAddress;
  /** Process id of the server that serves now; changes when it had to be started again. */
  pid(): number;
  /** Stops the server, and waits for it. */
  close(): Promise<void>;
}

/** A server that is ours: we hold its ownership lock on `owner`. */
interface Held {
  readonly pid: number;
  readonly owner: Sql;
  readonly lost: Promise<void>;
}

/**
 * Runs the PostgreSQL that npm brought, on a Unix socket only. Adopts a server that a killed predecessor left, refuses
 * one that a living control plane or somebody else holds, and starts it again whenever it dies.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, patienceMs = 20_000 } = options;
  const cluster = await prepareCluster(options);
  let held = await hold(cluster, patienceMs);
  const closing = new AbortController();
  const watching = (async () => {
    while (!closing.signal.aborted) {
      await held.lost;
      if (closing.signal.aborted) return;
      log.warn({ pid: held.pid }, 'the database server is gone; starting it again');
      held = await holdAgain(cluster, patienceMs, log, closing.signal).catch(() => held);
      if (!closing.signal.aborted) log.info({ pid: held.pid }, 'the database server is back');
    }
  })();
  return {
    address: { url: cluster.url },
    pid: () => held.pid,
    async close() {
      closing.abort();
      await held.owner.end({ timeout: 1 });
      await Promise.race([watching, delay(patienceMs, undefined, { ref: false })]);
      await stopPostmaster(held.pid, log);
    },
  };
}

async function prepareCluster({ dataDir, durable = true }: EmbeddedOptions): Promise<Cluster> {
  const place = await placeCluster(dataDir);
  const bin = await prepareBinaries(place);
  const password = await initCluster(place, bin, { durable });
  const run = await makeRunFolder(place);
  const url = `postgres://${superuser}:${encodeURIComponent(password)}@localhost/postgres?host=${encodeURIComponent(run)}`;
  return { place, bin, run, url, durable };
}

// A socket path has at most 107 bytes (103 on macOS), so a long data folder needs a short one beside it.
async function makeRunFolder(place: ClusterPlace): Promise<string> {
  const near = join(place.root, 'run');
  const short = join(tmpdir(), `aicarpool-${createHash('sha256').update(place.root).digest('hex').slice(0, 12)}`);
  const folder = Buffer.byteLength(near) <= 85 ? near : short;
  await mkdir(folder, { mode: 0o700, recursive: true });
  const ownUid = process.getuid?.() ?? 0;
  const { uid, mode } = await stat(folder);
  if (uid !== ownUid && uid !== place.user?.uid)
    throw new Error(`${folder} belongs to another user (uid ${uid}); remove it first`);
  if ((mode & 0o022) !== 0) throw new Error(`${folder} may be written by others; remove it first`);
  if (place.user) await chown(folder, place.user.uid, place.user.gid);
  return folder;
}

type Knock = { kind: 'ours'; owner: Sql; lost: Promise<void> } | { kind: 'taken' | 'silent' | 'foreign' };

const ownershipLock = 727_274_001;

// The lock lives as long as the connection: a control plane that is killed lets go of it at once.
async function knock(cluster: Cluster): Promise<Knock> {
  const { promise: lost, resolve } = Promise.withResolvers<void>();
  const { sql } = openDatabase(
    { url: cluster.url },
    { max: 1, idle_timeout: 0, max_lifetime: null, connect_timeout: 3, onclose: () => resolve() },
  );
  try {
    const [row] = await sql<{ ours: boolean }[]>`SELECT pg_try_advisory_lock(${ownershipLock}) AS ours`;
    if (row?.ours) return { kind: 'ours', owner: sql, lost };
    await sql.end({ timeout: 1 });
    return { kind: 'taken' };
  } catch (error) {
    await sql.end({ timeout: 1 });
    return { kind: sqlStateOf(error)?.startsWith('28') ? 'foreign' : 'silent' };
  }
}

/** Finds or starts the server and takes its lock. Throws when that does not come about in `patienceMs`. */
async function hold(cluster: Cluster, patienceMs: number): Promise<Held> {
  const deadlineMs = performance.now() + patienceMs;
  let child: ChildProcess | undefined;
  let spawnError: Error | undefined;
  let nextSpawnMs = 0;
  for (;;) {
    const answer = await knock(cluster);
    const running = await findPostmaster(cluster);
    if (answer.kind === 'ours' && running) return held(running.pid, answer.owner, answer.lost, child);
    if (spawnError) throw spawnError;
    const isStrange = running?.isReady === true && running.socketFolder !== cluster.run;
    if (answer.kind === 'foreign' || isStrange) throw foreignServer(cluster, running?.pid);
    if (performance.now() > deadlineMs) throw await outOfPatience(cluster, answer.kind, running?.pid);
    if (!running && answer.kind === 'silent' && performance.now() > nextSpawnMs) {
      nextSpawnMs = performance.now() + 500;
      child = await spawnPostmaster(cluster);
      child.once('error', (error) => {
        spawnError = explainSpawnError(join(cluster.bin, 'postgres'), error);
      });
    }
    await delay(20);
  }
}

function held(pid: number, owner: Sql, connectionLost: Promise<void>, child: ChildProcess | undefined): Held {
  const { promise: died, resolve } = Promise.withResolvers<void>();
  if (child?.pid === pid) child.once('exit', () => resolve());
  const timer = setInterval(async () => {
    if (!(await isRunning(pid))) resolve();
  }, 500);
  timer.unref();
  const lost = Promise.race([connectionLost, died]).finally(() => clearInterval(timer));
  return { pid, owner, lost };
}

async function holdAgain(cluster: Cluster, patienceMs: number, log: Logger, signal: AbortSignal): Promise<Held> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await hold(cluster, patienceMs);
    } catch (error) {
      log.error({ error }, 'the database server does not come back; trying again');
      await delay(2000, undefined, { signal });
    }
  }
}

async function stopPostmaster(pid: number, log: Logger): Promise<void> {
  for (const [signal, waitMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    if (!(await isRunning(pid))) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    const deadlineMs = performance.now() + waitMs;
    while (performance.now() < deadlineMs && (await isRunning(pid))) await delay(10);
  }
  if (await isRunning(pid)) log.error({ pid }, 'the database server does not stop');
}

function foreignServer(cluster: Cluster, pid: number | undefined): Error {
  const who = pid === undefined ? 'a PostgreSQL server' : `a PostgreSQL server (process ${pid})`;
  return new Error(`${who} that this program did not start serves ${cluster.place.root}: stop it, or set DATABASE_URL to use it`);
}

async function outOfPatience(cluster: Cluster, kind: Knock['kind'], pid: number | undefined): Promise<Error> {
  if (kind === 'taken')
    return new Error(`another control plane is using ${cluster.place.root}: stop it, or set CARPOOL_DATA_DIR to another folder`);
  const state = pid === undefined ? 'does not start' : `(process ${pid}) does not answer`;
  return new Error(`the built-in PostgreSQL ${state}. Its last words:\n${await tailOfLog(cluster)}`);
}
