import type { UpstreamId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, inTransaction } from '../../kernel/index.ts';
import { carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { noteEvents } from '../traffic/note-events.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import type { SignInRow, UpstreamRow } from '../upstreams/upstream-view.ts';
import { openProvider } from './flow.ts';
import { SignInRefused, type Tokens } from './provider.ts';
import { retryAt } from './refresh-times.ts';
import { eventOf, openRefreshToken, storeTokens } from './sign-in-store.ts';

/** A node that says "401" within this time of a refresh heard of the token before. */
const freshMs = 60_000;
const saveAttempts = 5;

export type Refreshed = 'refreshed' | 'needs_sign_in' | 'later' | 'not_due';

/** `early`: a node says that the provider refused the token. */
export interface RefreshWish {
  readonly upstreamId: string;
  readonly early: boolean;
}

/**
 * Renews the access token of one account, once for the whole fleet: the row is locked while the refresh token is used,
 * for most providers take each one once and close the account when it comes again. Whoever finds it locked leaves it.
 */
export async function refreshAccount(ctx: Ctx, policy: AddressPolicy, wish: RefreshWish): Promise<Refreshed> {
  allow(ctx, 'carpool.upstream.refresh');
  // Asked once, however often the transaction has to be tried: the answer holds the only copy of the next refresh token.
  const answers: { used?: string | null; outcome?: Tokens | SignInRefused } = {};
  const turn = async (tx: Db): Promise<Refreshed> => {
    const found = await lockAccount(tx, wish.upstreamId);
    if (!found) return 'not_due';
    const { account, signIn } = found;
    if (answers.outcome === undefined) {
      if (!isDue(signIn, wish, ctx.clock.now())) return 'not_due';
      answers.used = signIn.refreshToken;
      answers.outcome = await ask(tx, ctx, policy, account, signIn);
    } else if (signIn.refreshToken !== answers.used) return 'not_due';
    return await keep(tx, ctx, account, signIn, answers.outcome);
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(ctx, turn);
    } catch (error) {
      if (answers.outcome === undefined || attempt >= saveAttempts) throw error;
      ctx.log.warn({ error, upstream: wish.upstreamId }, 'new tokens could not be kept yet');
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    }
  }
}

async function lockAccount(tx: Db, upstreamId: string): Promise<{ signIn: SignInRow; account: UpstreamRow } | undefined> {
  const which = eq(carpoolSignIns.upstreamId, upstreamId as UpstreamId);
  const [signIn] = await tx.select().from(carpoolSignIns).where(which).for('update', { skipLocked: true });
  if (!signIn) return undefined;
  const [account] = await tx.select().from(carpoolUpstreams).where(eq(carpoolUpstreams.id, signIn.upstreamId));
  return account && account.status !== 'deleted' ? { signIn, account } : undefined;
}

function isDue(signIn: SignInRow, { early }: RefreshWish, now: Date): boolean {
  if (signIn.state !== 'signed_in') return false;
  if (signIn.nextRefreshAt !== null && signIn.nextRefreshAt <= now) return true;
  return early && signIn.failures === 0 && now.getTime() - signIn.refreshedAt.getTime() >= freshMs;
}

async function ask(
  tx: Db,
  ctx: Ctx,
  policy: AddressPolicy,
  account: UpstreamRow,
  signIn: SignInRow,
): Promise<Tokens | SignInRefused> {
  const refreshToken = openRefreshToken(ctx, signIn);
  if (refreshToken === undefined) return new SignInRefused('no_refresh_token', true);
  try {
    return await (await openProvider(tx, ctx, policy, account.serviceId)).refresh(refreshToken);
  } catch (error) {
    if (error instanceof SignInRefused) return error;
    ctx.log.warn({ error, upstream: account.id }, 'an account could not be refreshed');
    return new SignInRefused('provider_unreachable', false);
  }
}

async function keep(
  tx: Db,
  ctx: Ctx,
  account: UpstreamRow,
  signIn: SignInRow,
  outcome: Tokens | SignInRefused,
): Promise<Refreshed> {
  if (!(outcome instanceof SignInRefused)) {
    await storeTokens(tx, ctx, account, outcome, signIn.refreshToken);
    return 'refreshed';
  }
  if (outcome.permanent) {
    await park(tx, ctx, account, outcome);
    return 'needs_sign_in';
  }
  const failures = signIn.failures + 1;
  const nextRefreshAt = retryAt(ctx.clock.now(), failures, Math.random());
  await tx
    .update(carpoolSignIns)
    .set({ failures, nextRefreshAt, lastError: outcome.code })
    .where(eq(carpoolSignIns.upstreamId, account.id));
  return 'later';
}

/** The provider will not renew it: nodes stop using the account until somebody signs in anew. */
async function park(tx: Db, ctx: Ctx, account: UpstreamRow, refusal: SignInRefused): Promise<void> {
  await tx
    .update(carpoolSignIns)
    .set({ state: 'needs_sign_in', refreshToken: null, nextRefreshAt: null, lastError: refusal.code })
    .where(eq(carpoolSignIns.upstreamId, account.id));
  await tx
    .update(carpoolUpstreams)
    .set({ status: 'disabled', updatedAt: ctx.clock.now() })
    .where(eq(carpoolUpstreams.id, account.id));
  await noteEvents(tx, ctx, [eventOf(ctx, account, 'account_needs_sign_in', refusal.code)]);
  await audit(tx, ctx, {
    action: 'carpool.upstream.refresh',
    target: { kind: 'upstream', id: account.id },
    groupId: account.groupId,
    before: { status: account.status },
    after: { status: 'disabled', sign_in: 'needs_sign_in', reason: refusal.code },
  });
}
