import { lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, defineJob } from '../../kernel/index.ts';
import { carpoolEvents } from '../tables.ts';

const keepDays = 30;
const keepPerGroup = 10_000;

/** Events live 30 days, and a group keeps its 10,000 newest. */
export async function forgetEvents(ctx: Pick<Ctx, 'db' | 'clock'>, most = keepPerGroup): Promise<void> {
  const since = new Date(ctx.clock.now().getTime() - keepDays * 24 * 3_600_000);
  await ctx.db.delete(carpoolEvents).where(lt(carpoolEvents.receivedAt, since));
  await ctx.db.execute(sql`
    DELETE FROM carpool_events WHERE id IN (
      SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY group_id ORDER BY received_at DESC, id DESC) AS place
                        FROM carpool_events) ranked WHERE place > ${most})`);
}

export const forgetEventsJob = defineJob({
  name: 'carpool.forget-events',
  schema: z.object({}),
  handler: async (ctx) => await forgetEvents(ctx),
  retryLimit: 0,
  cron: { expression: '41 * * * *', input: {} },
});
