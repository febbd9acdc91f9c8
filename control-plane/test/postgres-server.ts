import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrate, newLogger, openDatabase, runJobs, startEmbeddedPostgres } from '../src/kernel/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a database of the run's server; its name is replaced by `freshDatabase`. */
    postgresUrl: string;
  }
}

export const templateDatabase = 'template_carpool';

/** One server for the run, in memory where there is room, with a migrated database that each test file copies. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(await roomyFolder(), 'carpool-test-'));
  const server = await startEmbeddedPostgres({ dataDir, log: newLogger('error'), durable: false });
  const admin = openDatabase(server.address, { max: 1 });
  await admin.sql.unsafe(`CREATE DATABASE ${templateDatabase}`);
  const address = { url: withDatabase(server.address.url, templateDatabase) };
  await migrate(address);
  await installJobs(address.url);
  await admin.close();
  project.provide('postgresUrl', server.address.url);
  return async () => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function installJobs(url: string): Promise<void> {
  const jobs = runJobs({
    address: { url },
    log: newLogger('error'),
    jobs: [],
    ctxFor: () => {
      throw new Error('nothing runs here');
    },
  });
  await jobs.start();
  await jobs.close(1000);
}

// Docker gives /dev/shm 64 MB, which is not enough for a server.
async function roomyFolder(): Promise<string> {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = await statfs(memory);
    return bavail * bsize > 1024 ** 3 ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}
