import { randomBytes } from 'node:crypto';
import { newId } from '@aicarpool/shared-protocol';
import { inject } from 'vitest';
import {
  type Actor,
  type Ctx,
  type Database,
  type Job,
  type JobRunner,
  newLogger,
  openDatabase,
  openKeyring,
  runJobs,
  systemClock,
} from '../src/kernel/index.ts';
import { templateDatabase, withDatabase } from './postgres-server.ts';

export interface TestPg extends Database {
  /** What `DATABASE_URL` would be. */
  readonly url: string;
  /** The job queue of this database; it starts with the first `enqueue`, or with `workOn`. */
  readonly jobs: JobRunner;
  /** Begins to run these jobs. */
  workOn(jobs: readonly Job[]): Promise<void>;
}

const keyring = openKeyring(randomBytes(32));

/** A migrated database of its own. Call `close` when the file is done (`afterAll`). */
export async function freshDatabase(): Promise<TestPg> {
  const serverUrl = inject('postgresUrl');
  const name = `t_${randomBytes(8).toString('hex')}`;
  const admin = openDatabase({ url: serverUrl }, { max: 1 });
  await admin.sql.unsafe(`CREATE DATABASE ${name} TEMPLATE ${templateDatabase} STRATEGY file_copy`);
  await admin.close();
  const url = withDatabase(serverUrl, name);
  const database = openDatabase({ url });
  const runners: JobRunner[] = [];
  const runner = (jobs: readonly Job[]): JobRunner => {
    const made = runJobs({
      address: { url },
      log: newLogger('error'),
      jobs,
      ctxFor: (job) => testCtx(pg, { kind: 'system', name: job }),
    });
    runners.push(made);
    return made;
  };
  const pg: TestPg = {
    ...database,
    url,
    jobs: runner([]),
    async workOn(jobs) {
      await runner(jobs).start();
    },
    async close() {
      await Promise.all(runners.map((one) => one.close(1000)));
      await database.close();
    },
  };
  return pg;
}

/** A context on the test's database. Without an actor the system acts; `over` replaces parts of it. */
export function testCtx(pg: TestPg, actor: Actor = { kind: 'system', name: 'test' }, over: Partial<Ctx> = {}): Ctx {
  return {
    db: pg.db,
    actor,
    clock: systemClock,
    requestId: newId('request'),
    address: '127.0.0.1',
    log: newLogger('silent'),
    keyring,
    jobs: pg.jobs,
    ...over,
  };
}
