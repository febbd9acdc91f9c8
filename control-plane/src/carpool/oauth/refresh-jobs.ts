import { and, asc, isNotNull, lte } from 'drizzle-orm';
import pLimit from 'p-limit';
import { z } from 'zod';
import { type Ctx, type Db, defineJob, type Job } from '../../kernel/index.ts';
import { carpoolSignIns } from '../tables.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { refreshAccount } from './refresh-account.ts';

const atOnce = 4;
const mostPerRun = 500;

const early = z.object({ upstream_id: z.string() });
const earlyName = 'carpool.refresh-account';

/** The jobs that keep sign-ins alive, over the addresses that upstreams may have here. */
export function refreshJobs(policy: AddressPolicy): readonly Job[] {
  return [
    defineJob({
      name: 'carpool.refresh-accounts',
      schema: z.object({}),
      handler: async (ctx, _input, signal) => await refreshDue(ctx, policy, signal),
      retryLimit: 0,
      cron: { expression: '* * * * *', input: {} },
    }),
    defineJob({
      name: earlyName,
      schema: early,
      async handler(ctx, { upstream_id: upstreamId }) {
        await refreshAccount(ctx, policy, { upstreamId, early: true });
      },
      retryLimit: 0,
    }),
  ];
}

/** Renews every account whose time has come, a few at once; any number of replicas may do it at the same time. */
export async function refreshDue(ctx: Ctx, policy: AddressPolicy, signal: AbortSignal): Promise<void> {
  const due = await ctx.db
    .select({ upstreamId: carpoolSignIns.upstreamId })
    .from(carpoolSignIns)
    .where(and(isNotNull(carpoolSignIns.nextRefreshAt), lte(carpoolSignIns.nextRefreshAt, ctx.clock.now())))
    .orderBy(asc(carpoolSignIns.nextRefreshAt))
    .limit(mostPerRun);
  const limit = pLimit(atOnce);
  const refreshOne = async (upstreamId: string): Promise<void> => {
    if (signal.aborted) return;
    try {
      await refreshAccount(ctx, policy, { upstreamId, early: false });
    } catch (error) {
      ctx.log.warn({ error, upstream: upstreamId }, 'an account could not be refreshed; the next run tries again');
    }
  };
  await Promise.all(due.map(({ upstreamId }) => limit(refreshOne, upstreamId)));
}

/** Asks for a refresh at once, with the commit of `tx`; one that was just refreshed is left alone when its turn comes. */
export async function refreshSoon(tx: Db, ctx: Pick<Ctx, 'jobs'>, upstreamId: string): Promise<void> {
  const job = defineJob({ name: earlyName, schema: early, handler: async () => undefined, retryLimit: 0 });
  await ctx.jobs.enqueue(tx, job, { upstream_id: upstreamId });
}
