import { sql } from 'drizzle-orm';
import type { PgBoss, Queue, WorkOptions } from 'pg-boss';
import type { z } from 'zod';
import type { Ctx } from '../context.ts';
import type { Db, ServerAddress } from '../db.ts';
import type { Logger } from '../log/log.ts';
import { redact } from '../log/log.ts';
import type { EnqueueOptions, Job, Jobs } from './jobs.ts';

export interface RunJobsOptions {
  readonly address: ServerAddress;
  readonly log: Logger;
  /** Jobs that this process works on; others can still be enqueued. */
  readonly jobs: readonly Job[];
  /** The context a handler gets; its actor is the system, named after the job. */
  readonly ctxFor: (jobName: string) => Ctx;
}

export interface JobRunner extends Jobs {
  /** Connects, makes queues and schedules, and begins to work. Called by the first `enqueue` as well. */
  start(): Promise<void>;
  /** Lets running jobs end for at most `graceMs`; what is cut off runs again elsewhere. */
  close(graceMs?: number): Promise<void>;
}

const deadLetter = 'kernel.dead-letter';
const poolSize = 4;

/** pg-boss behind `defineJob`. Nothing is loaded or connected before `start` or the first `enqueue`. */
export function runJobs(options: RunJobsOptions): JobRunner {
  const known = new Set<string>();
  let opening: Promise<PgBoss> | undefined;
  const open = (): Promise<PgBoss> => {
    opening ??= openBoss(options, known).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    async start() {
      await open();
    },
    async enqueue<S extends z.ZodType<object>>(
      tx: Db,
      job: Job<S>,
      input: z.input<S>,
      { startAfterSeconds }: EnqueueOptions = {},
    ) {
      const boss = await open();
      const { fromDrizzle } = await import('pg-boss');
      await ensureQueue(boss, known, job);
      const data = job.schema.parse(input);
      await boss.send(job.name, data, {
        db: fromDrizzle(tx, sql),
        ...(startAfterSeconds === undefined ? {} : { startAfter: startAfterSeconds }),
      });
    },
    async close(graceMs = 10_000) {
      const boss = await opening?.catch(() => undefined);
      await boss?.stop({ graceful: true, timeout: graceMs });
    },
  };
}

async function openBoss(options: RunJobsOptions, known: Set<string>): Promise<PgBoss> {
  const { PgBoss: Boss } = await import('pg-boss');
  const boss = new Boss({
    connectionString: options.address.url,
    application_name: 'aicarpool jobs',
    schema: 'pgboss',
    max: poolSize,
    connectionTimeoutMillis: 5000,
    useListenNotify: true,
  });
  boss.on('error', (error) => options.log.warn({ error }, 'the job queue had a problem'));
  await boss.start();
  try {
    await boss.createQueue(deadLetter);
    for (const job of options.jobs) await startWorking(boss, known, job, options);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  return boss;
}

async function ensureQueue(boss: PgBoss, known: Set<string>, job: Job): Promise<void> {
  if (known.has(job.name)) return;
  await boss.createQueue(job.name, { ...queueSettings(job), deadLetter });
  const { heartbeatSeconds, retryDelayMax, ...changeable } = queueSettings(job);
  await boss.updateQueue(job.name, changeable);
  known.add(job.name);
}

// heartbeat: a job whose process was killed runs again elsewhere after about 10 s.
function queueSettings(job: Job): Omit<Queue, 'name'> {
  return {
    retryLimit: job.retryLimit,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: 300,
    expireInSeconds: job.expireInSeconds,
    heartbeatSeconds: 10,
    notify: true,
  };
}

// notifyPolling: retries and delayed jobs are not notified. Full batches are followed by the next at once.
const workSettings = {
  batchSize: 10,
  burstWhenBatchFull: true,
  perJobResults: true,
  notifyPollingIntervalSeconds: 2,
} as const satisfies WorkOptions;

async function startWorking(boss: PgBoss, known: Set<string>, job: Job, { ctxFor, log }: RunJobsOptions): Promise<void> {
  await ensureQueue(boss, known, job);
  await boss.work<unknown, unknown, typeof workSettings>(job.name, workSettings, (batch) =>
    Promise.all(
      batch.map(async ({ id, data, signal }) => {
        const parsed = job.schema.safeParse(data ?? {});
        if (!parsed.success) {
          log.error({ job: job.name, job_id: id }, 'a job has an input that this version does not understand');
          return { id, status: 'deadletter' as const, output: { message: 'input not understood' } };
        }
        try {
          await job.handler(ctxFor(job.name), parsed.data, signal);
          return { id, status: 'completed' as const };
        } catch (error) {
          log.warn({ job: job.name, job_id: id, error }, 'a job failed; it is tried again');
          return { id, status: 'failed' as const, output: redact(error) };
        }
      }),
    ),
  );
  if (job.cron) await boss.schedule(job.name, job.cron.expression, job.schema.parse(job.cron.input), { tz: 'UTC' });
  else await boss.unschedule(job.name);
}
