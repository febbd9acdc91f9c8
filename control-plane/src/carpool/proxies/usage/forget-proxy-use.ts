import { lt } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, defineJob } from '../../../kernel/index.ts';
import { carpoolProxyGroupHours, carpoolProxyHours, carpoolProxyMembers, carpoolProxyPulses } from '../../tables.ts';

const dayMs = 86_400_000;
const keepHoursDays = 400;
const keepMembersDays = 60;
const keepPulsesDays = 7;

/** Sums by hour live 400 days, who used a proxy 60, and the last words of a node that is gone 7. */
export async function forgetProxyUse(ctx: Pick<Ctx, 'db' | 'clock'>): Promise<void> {
  const ago = (days: number) => new Date(ctx.clock.now().getTime() - days * dayMs);
  await ctx.db.delete(carpoolProxyHours).where(lt(carpoolProxyHours.hour, ago(keepHoursDays)));
  await ctx.db.delete(carpoolProxyGroupHours).where(lt(carpoolProxyGroupHours.hour, ago(keepHoursDays)));
  await ctx.db.delete(carpoolProxyMembers).where(lt(carpoolProxyMembers.hour, ago(keepMembersDays)));
  await ctx.db.delete(carpoolProxyPulses).where(lt(carpoolProxyPulses.at, ago(keepPulsesDays)));
}

export const forgetProxyUseJob = defineJob({
  name: 'carpool.forget-proxy-use',
  schema: z.object({}),
  handler: async (ctx) => await forgetProxyUse(ctx),
  retryLimit: 0,
  cron: { expression: '17 3 * * *', input: {} },
});
