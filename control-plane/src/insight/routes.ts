import { insightContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../kernel/index.ts';
import { listAudit } from './audit/list-audit.ts';
import { readExportResult, readExportStatus } from './exports/read-export.ts';
import { requestExport } from './exports/request-export.ts';
import type { InsightJobs } from './jobs.ts';
import type { InsightParts } from './ports.ts';
import { readBasicStats } from './stats/read-basic-stats.ts';
import { readAllStats, readGroupStats } from './stats/read-group-stats.ts';
import { readKeyUsage } from './stats/read-key-usage.ts';
import { readNodeStats } from './stats/read-node-stats.ts';

const os = implement(insightContract).$context<{ ctx: Ctx }>();

export function insightRouterOver(parts: InsightParts, jobs: InsightJobs) {
  return os.router({
    groupStats: os.groupStats.handler(async ({ context, input }) => envelope(await readGroupStats(context.ctx, parts, input))),
    adminStats: os.adminStats.handler(async ({ context, input }) => envelope(await readAllStats(context.ctx, parts, input))),
    basicStats: os.basicStats.handler(async ({ context, input }) => envelope(await readBasicStats(context.ctx, parts, input))),
    nodeStats: os.nodeStats.handler(async ({ context, input }) => envelope(await readNodeStats(context.ctx, parts, input))),
    keyUsage: os.keyUsage.handler(async ({ context, input }) => envelope(await readKeyUsage(context.ctx, parts, input))),
    requestExport: os.requestExport.handler(async ({ context, input }) =>
      ok(await requestExport(context.ctx, parts, jobs.runExport, input)),
    ),
    exportStatus: os.exportStatus.handler(async ({ context, input }) =>
      ok(await readExportStatus(context.ctx, parts, input.queryId)),
    ),
    exportResult: os.exportResult.handler(async ({ context, input }) => {
      const result = await readExportResult(context.ctx, parts, input.queryId);
      return result.kind === 'csv' ? new File([result.text], result.fileName, { type: 'text/csv; charset=utf-8' }) : result.reply;
    }),
    listAudit: os.listAudit.handler(async ({ context, input }) => {
      const { entries, total } = await listAudit(context.ctx, parts, input);
      return ok({ entries, pagination: paginationOf(input, total) });
    }),
  });
}

function envelope<T>({ data, warnings }: { data: T; warnings: string[] }): { success: true; data: T; warnings: string[] } {
  return { ...ok(data), warnings };
}
