import { lt } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, defineJob } from '../../../kernel/index.ts';
import { carpoolAlerts } from '../../tables.ts';

const keepDays = 400;

/** Alerts live 400 days. */
export async function forgetAlerts(ctx: Pick<Ctx, 'db' | 'clock'>): Promise<void> {
  const since = new Date(ctx.clock.now().getTime() - keepDays * 24 * 3_600_000);
  await ctx.db.delete(carpoolAlerts).where(lt(carpoolAlerts.raisedAt, since));
}

export const forgetAlertsJob = defineJob({
  name: 'carpool.forget-alerts',
  schema: z.object({}),
  handler: async (ctx) => await forgetAlerts(ctx),
  retryLimit: 0,
  cron: { expression: '23 4 * * *', input: {} },
});
