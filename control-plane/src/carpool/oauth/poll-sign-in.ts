import type { SignInPolled } from '@aicarpool/shared-protocol/console';
import { and, eq, lte } from 'drizzle-orm';
import { allow, type Ctx } from '../../kernel/index.ts';
import { carpoolSignInFlows } from '../tables.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { storeAccount } from './finish-sign-in.ts';
import { assertMaySignIn, type FlowRow, flowOf, flowUnknown, type Memory, openMemory, openProvider, sealMemory } from './flow.ts';
import { SignInRefused } from './provider.ts';
import { signInFailed } from './start-sign-in.ts';

/**
 * Asks the provider whether a sign-in by device code is done, no oftener than it allows: who asks too soon hears
 * `pending`. 404 `sign_in_unknown`, 503 `sign_in_failed`.
 */
export async function pollSignIn(ctx: Ctx, policy: AddressPolicy, groupId: string, state: string): Promise<SignInPolled> {
  allow(ctx, 'carpool.upstream.sign_in');
  const [flow] = await ctx.db
    .select()
    .from(carpoolSignInFlows)
    .where(flowOf(ctx, groupId, 'device', state));
  if (!flow) throw flowUnknown();
  const held = openMemory(ctx, flow);
  await assertMaySignIn(ctx.db, ctx, groupId, held, false);
  if (!(await takeTurn(ctx, flow, held.intervalS))) return pending(held.intervalS);
  const provider = await openProvider(ctx.db, ctx, policy, held.serviceId);
  try {
    const tokens = await provider.pollDevice(held.secret);
    const [mine] = await ctx.db.delete(carpoolSignInFlows).where(eq(carpoolSignInFlows.id, flow.id)).returning();
    if (!mine) throw flowUnknown();
    const account = await storeAccount(ctx, groupId, held, tokens);
    return { status: 'signed_in', interval_seconds: held.intervalS, upstream_account: account };
  } catch (error) {
    if (error instanceof SignInRefused) return await afterNo(ctx, flow, held, error);
    throw error;
  }
}

/** Whoever moves the time of the next question may ask now. */
async function takeTurn(ctx: Ctx, flow: FlowRow, intervalS: number): Promise<boolean> {
  const now = ctx.clock.now();
  const taken = await ctx.db
    .update(carpoolSignInFlows)
    .set({ nextPollAt: new Date(now.getTime() + intervalS * 1000) })
    .where(and(eq(carpoolSignInFlows.id, flow.id), lte(carpoolSignInFlows.nextPollAt, now)))
    .returning({ id: carpoolSignInFlows.id });
  return taken.length > 0;
}

async function afterNo(ctx: Ctx, flow: FlowRow, held: Memory, no: SignInRefused): Promise<SignInPolled> {
  if (no.code === 'authorization_pending') return pending(held.intervalS);
  if (no.code === 'slow_down') {
    const slower: Memory = { ...held, intervalS: Math.min(60, held.intervalS + 5) };
    const nextPollAt = new Date(ctx.clock.now().getTime() + slower.intervalS * 1000);
    await ctx.db
      .update(carpoolSignInFlows)
      .set({ sealed: sealMemory(ctx, flow.id, slower), nextPollAt })
      .where(eq(carpoolSignInFlows.id, flow.id));
    return pending(slower.intervalS);
  }
  if (no.permanent) await ctx.db.delete(carpoolSignInFlows).where(eq(carpoolSignInFlows.id, flow.id));
  throw signInFailed(no);
}

function pending(intervalS: number): SignInPolled {
  return { status: 'pending', interval_seconds: intervalS, upstream_account: null };
}
