import { randomBytes } from 'node:crypto';
import type { SignInStart, SignInStarted } from '@aicarpool/shared-protocol/console';
import { and, count, eq, lt } from 'drizzle-orm';
import { generateRandomCodeVerifier } from 'oauth4webapi';
import { allow, audit, type Ctx, type Db, inTransaction, LimitReached, Unavailable } from '../../kernel/index.ts';
import { carpoolSignInFlows } from '../tables.ts';
import { type AddressPolicy, checkBaseUrl } from '../upstreams/base-url.ts';
import { personOf } from '../upstreams/own/own-access.ts';
import { noticesOf } from '../upstreams/upstream-view.ts';
import { assertMaySignIn, idOfState, type Memory, openProvider, sealMemory } from './flow.ts';
import { SignInRefused } from './provider.ts';

const lifetimeS = 600;
const mostAtOnce = 20;

type Shown = Pick<SignInStarted, 'authorization_url' | 'user_code' | 'verification_uri' | 'verification_uri_complete'>;

/**
 * Begins to sign in to an account. The state in the answer is good once, for ten minutes, and only for the caller.
 * 400 `sign_in_not_offered`, `own_accounts_not_used`; 429 `sign_ins_under_way`; 503 `sign_in_failed`.
 */
export async function startSignIn(ctx: Ctx, policy: AddressPolicy, groupId: string, wish: SignInStart): Promise<SignInStarted> {
  allow(ctx, 'carpool.upstream.sign_in');
  const userId = personOf(ctx);
  const plan = { serviceId: wish.service_name, personal: wish.personal, upstreamId: wish.upstream_id ?? null };
  await assertMaySignIn(ctx.db, ctx, groupId, plan, false);
  const baseUrl = wish.base_url && !wish.personal ? await checkBaseUrl(policy, wish.service_name, wish.base_url) : null;
  const provider = await openProvider(ctx.db, ctx, policy, wish.service_name);
  const state = randomBytes(32).toString('base64url');
  const { secret, intervalS, forS, shown } = await begin(provider, wish.flow, state);
  const id = idOfState(state);
  const held: Memory = {
    ...plan,
    name: wish.name,
    priority: wish.priority,
    weight: wish.weight,
    baseUrl,
    concurrency: wish.concurrency ?? null,
    secret,
    intervalS,
  };
  const now = ctx.clock.now();
  const expiresAt = new Date(now.getTime() + forS * 1000);
  return await inTransaction(ctx, async (tx) => {
    const account = await assertMaySignIn(tx, ctx, groupId, plan, true);
    await assertRoom(tx, ctx);
    const sealed = sealMemory(ctx, id, held);
    await tx
      .insert(carpoolSignInFlows)
      .values({ id, userId, groupId: groupId as never, kind: wish.flow, sealed, nextPollAt: now, expiresAt, createdAt: now });
    const notices = noticesOf({ authType: 'oauth', ownerId: plan.personal ? userId : (account?.ownerId ?? null) });
    await audit(tx, ctx, {
      action: 'carpool.upstream.sign_in',
      target: { kind: 'group', id: groupId },
      groupId,
      after: { ...plan, name: wish.name, flow: wish.flow, told_about_personal_accounts: notices.length > 0 },
    });
    return {
      flow: wish.flow,
      state,
      expires_at: expiresAt.toISOString(),
      ...shown,
      interval_seconds: intervalS || null,
      notices,
    };
  });
}

async function begin(provider: Awaited<ReturnType<typeof openProvider>>, flow: SignInStart['flow'], state: string) {
  const nothing: Shown = { authorization_url: null, user_code: null, verification_uri: null, verification_uri_complete: null };
  if (flow === 'code') {
    const secret = generateRandomCodeVerifier();
    const shown = { ...nothing, authorization_url: await provider.authorizationUrl(state, secret) };
    return { secret, intervalS: 0, forS: lifetimeS, shown };
  }
  try {
    const device = await provider.startDevice();
    const shown = {
      ...nothing,
      user_code: device.user_code,
      verification_uri: device.verification_uri,
      verification_uri_complete: device.verification_uri_complete ?? null,
    };
    const intervalS = Math.min(60, Math.max(1, device.interval ?? 5));
    return { secret: device.device_code, intervalS, forS: Math.min(lifetimeS, device.expires_in), shown };
  } catch (error) {
    if (error instanceof SignInRefused) throw signInFailed(error);
    throw error;
  }
}

export function signInFailed(error: SignInRefused): Unavailable {
  return new Unavailable(
    'sign_in_failed',
    `the provider did not let this sign-in begin or end (${error.code}); begin a new one`,
    {
      provider_error: error.code,
    },
  );
}

async function assertRoom(tx: Db, ctx: Ctx): Promise<void> {
  await tx.delete(carpoolSignInFlows).where(lt(carpoolSignInFlows.expiresAt, ctx.clock.now()));
  const [open] = await tx
    .select({ count: count() })
    .from(carpoolSignInFlows)
    .where(and(eq(carpoolSignInFlows.userId, personOf(ctx))));
  if ((open?.count ?? 0) >= mostAtOnce) {
    throw new LimitReached(
      'sign_ins_under_way',
      'you have many sign-ins under way; end them, or wait ten minutes',
      undefined,
      60,
    );
  }
}
