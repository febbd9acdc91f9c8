import { z } from 'zod';
import { pruneChangeLog } from '../change-log.ts';
import { defineJob } from './jobs.ts';

const keepDays = 7;

/** Upkeep of what the kernel keeps. */
export const kernelJobs = [
  defineJob({
    name: 'kernel.prune-change-log',
    schema: z.object({}),
    async handler(ctx) {
      await pruneChangeLog(ctx.db, new Date(ctx.clock.now().getTime() - keepDays * 24 * 3_600_000));
    },
    retryLimit: 0,
    cron: { expression: '23 * * * *', input: {} },
  }),
];
