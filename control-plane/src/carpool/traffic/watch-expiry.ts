import { and, eq, gt, isNull, lte } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, defineJob } from '../../kernel/index.ts';
import { carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { noteEvents } from './note-events.ts';

const aheadMs = 7 * 24 * 3_600_000;
const mostPerRun = 1000;

/** Says a week ahead, once, that the credential of an account will stop working; what renews itself needs no word. */
export async function watchExpiry(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const soon = await ctx.db
    .select({ account: carpoolUpstreams })
    .from(carpoolUpstreams)
    .leftJoin(carpoolSignIns, eq(carpoolSignIns.upstreamId, carpoolUpstreams.id))
    .where(
      and(
        eq(carpoolUpstreams.status, 'active'),
        gt(carpoolUpstreams.expiresAt, now),
        lte(carpoolUpstreams.expiresAt, new Date(now.getTime() + aheadMs)),
        isNull(carpoolSignIns.refreshToken),
      ),
    )
    .limit(mostPerRun);
  const events = soon.map(({ account }) => ({
    // The same account and instant make the same id, and an id is taken once.
    id: `expires_${account.id}_${account.expiresAt?.getTime()}`,
    kind: 'account_expires_soon' as const,
    at: now.toISOString(),
    group_id: account.groupId,
    node_id: null,
    service: account.serviceId,
    upstream_id: account.id,
    proxy_id: null,
    reason: 'expires_soon',
    until: account.expiresAt?.toISOString() ?? null,
    count: 1,
  }));
  await noteEvents(ctx.db, ctx, events);
}

export const watchExpiryJob = defineJob({
  name: 'carpool.watch-expiry',
  schema: z.object({}),
  handler: async (ctx) => await watchExpiry(ctx),
  retryLimit: 0,
  cron: { expression: '11 * * * *', input: {} },
});
