import { z } from 'zod';
import { pruneChangeLog } from '../change-log.ts';
import { historyKeptMs, pruneConfigHistory } from '../config-history.ts';
import { defineJob } from './jobs.ts';

const keepDays = 7;
const dayMs = 24 * 3_600_000;

/** Upkeep of what the kernel keeps. */
export const kernelJobs = [
  defineJob({
    name: 'kernel.prune-change-log',
    schema: z.object({}),
    async handler(ctx) {
      const nowMs = ctx.clock.now().getTime();
      await pruneChangeLog(ctx.db, new Date(nowMs - keepDays * dayMs));
      await pruneConfigHistory(ctx.db, new Date(nowMs - historyKeptMs));
    },
    retryLimit: 0,
    cron: { expression: '23 * * * *', input: {} },
  }),
];
