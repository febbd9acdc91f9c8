import { z } from 'zod';
import { defineJob, type Job } from '../kernel/index.ts';
import { runExport, runExportInput } from './exports/run-export.ts';
import type { InsightParts } from './ports.ts';
import { pruneInsight } from './prune-insight.ts';

export interface InsightJobs {
  readonly runExport: Job<typeof runExportInput>;
  readonly prune: Job<z.ZodObject>;
}

export function insightJobsOver(parts: InsightParts): InsightJobs {
  return {
    runExport: defineJob({
      name: 'insight.run-export',
      schema: runExportInput,
      handler: (ctx, input) => runExport(ctx, parts, input),
      retryLimit: 2,
      expireInSeconds: 120,
    }),
    prune: defineJob({
      name: 'insight.prune',
      schema: z.object({}),
      handler: (ctx) => pruneInsight(ctx),
      retryLimit: 0,
      cron: { expression: '*/10 * * * *', input: {} },
    }),
  };
}
