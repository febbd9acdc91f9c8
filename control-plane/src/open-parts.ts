import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@aicarpool/shared-protocol';
import { type Config, ConfigError, readMasterKey, type Secrets } from './config.ts';
import {
  type Ctx,
  type Database,
  type Logger,
  migrate,
  openDatabase,
  openKeyring,
  type RunJobsOptions,
  runJobs,
  type ServerAddress,
  startEmbeddedPostgres,
  systemClock,
} from './kernel/index.ts';

export interface Server {
  readonly address: ServerAddress;
  close(): Promise<void>;
}

/** The database that `DATABASE_URL` names, or else the one that npm brought; migrated. */
export async function openServer(config: Config, secrets: Secrets, log: Logger): Promise<Server> {
  const server: Server = secrets.databaseUrl
    ? { address: { url: secrets.databaseUrl }, async close() {} }
    : await startEmbeddedPostgres({ dataDir: config.dataDir, log });
  try {
    await migrate(server.address);
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** The master key that was given, or else the one in the data folder, made when there is none. */
export async function openMasterKey(config: Config, given: Buffer | undefined): Promise<Buffer> {
  if (given) return given;
  const path = join(config.dataDir, 'master.key');
  await mkdir(config.dataDir, { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  // A link is made whole or not at all, and never over a key that is there.
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  try {
    return readMasterKey(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof ConfigError)
      throw new ConfigError(`${path} is damaged: restore it, for nothing else opens the stored secrets`);
    throw error;
  }
}

export interface OpenedCtx {
  readonly ctx: Ctx;
  readonly database: Database;
  /** Begins to work on the jobs. */
  startJobs(jobs: RunJobsOptions['jobs']): Promise<void>;
  close(): Promise<void>;
}

export interface MasterKeys {
  readonly current: Buffer;
  /** Opens what it sealed, until that is sealed anew. */
  readonly before?: Buffer | undefined;
}

/** The system's own context over a database. */
export function openCtx(address: ServerAddress, masterKeys: MasterKeys, log: Logger): OpenedCtx {
  const database = openDatabase(address);
  const working: RunJobsOptions['jobs'][number][] = [];
  const ctxFor = (name: string): Ctx => ({ ...ctx, requestId: newId('request'), actor: { kind: 'system', name } });
  const jobs = runJobs({ address, log, jobs: working, ctxFor });
  const ctx: Ctx = {
    db: database.db,
    actor: { kind: 'system', name: 'control-plane' },
    clock: systemClock,
    requestId: newId('request'),
    address: null,
    log,
    keyring: openKeyring(masterKeys.current, masterKeys.before ? [masterKeys.before] : []),
    jobs,
  };
  return {
    ctx,
    database,
    async startJobs(wanted) {
      working.push(...wanted);
      await jobs.start();
    },
    async close() {
      await jobs.close();
      await database.close();
    },
  };
}
