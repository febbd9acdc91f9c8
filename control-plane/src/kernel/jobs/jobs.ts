import type { z } from 'zod';
import type { Ctx } from '../context.ts';
import type { Db } from '../db.ts';

/** Work that runs later, at least once, on any replica. Handlers must give the same result when they run twice. */
export interface Job<Schema extends z.ZodType<object> = z.ZodType<object>> {
  /** `<domain>.<what>`, for example `fleet.mark-offline`. */
  readonly name: string;
  readonly schema: Schema;
  /** `ctx.actor` is the system, named after the job. `signal` aborts when the job's time is up or the program stops. */
  handler(ctx: Ctx, input: z.output<Schema>, signal: AbortSignal): Promise<void>;
  /** How often a failed run is tried again, with growing pauses. */
  readonly retryLimit: number;
  /** After so many seconds a run counts as failed. */
  readonly expireInSeconds: number;
  /** Cron expression (minutes at the finest, UTC), with the input it runs with; absent: only when enqueued. */
  readonly cron?: { readonly expression: string; readonly input: z.input<Schema> } | undefined;
}

export interface EnqueueOptions {
  /** Not before so many seconds from now. */
  readonly startAfterSeconds?: number;
}

export interface Jobs {
  /** Adds a job. Inside a transaction it becomes visible with the commit, or never. */
  enqueue<Schema extends z.ZodType<object>>(
    tx: Db,
    job: Job<Schema>,
    input: z.input<Schema>,
    options?: EnqueueOptions,
  ): Promise<void>;
}

/** Declares a job. Defaults: 5 more tries, 300 seconds for one run. */
export function defineJob<Schema extends z.ZodType<object>>(
  job: Omit<Job<Schema>, 'retryLimit' | 'expireInSeconds'> & Partial<Pick<Job<Schema>, 'retryLimit' | 'expireInSeconds'>>,
): Job<Schema> {
  return { retryLimit: 5, expireInSeconds: 300, ...job };
}
