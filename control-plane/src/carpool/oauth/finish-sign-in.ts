import type { SignInFinish, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx, Invalid, inTransaction } from '../../kernel/index.ts';
import { carpoolSignInFlows } from '../tables.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { insertUpstream } from '../upstreams/insert-upstream.ts';
import { personOf } from '../upstreams/own/own-access.ts';
import { viewUpstream } from '../upstreams/read-upstreams.ts';
import { assertMaySignIn, flowOf, flowUnknown, type Memory, openMemory, openProvider } from './flow.ts';
import { SignInRefused, type Tokens } from './provider.ts';
import { signInAnew, storeTokens } from './sign-in-store.ts';
import { signInFailed } from './start-sign-in.ts';

/**
 * Ends a sign-in by authorization code and adds the account, or signs it in anew. The state is used up whatever comes
 * of it. 404 `sign_in_unknown`, 400 `callback_malformed`, 503 `sign_in_failed`.
 */
export async function finishSignIn(
  ctx: Ctx,
  policy: AddressPolicy,
  groupId: string,
  input: SignInFinish,
): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.sign_in');
  const callback = callbackOf(input);
  const [flow] = await ctx.db
    .delete(carpoolSignInFlows)
    .where(flowOf(ctx, groupId, 'code', input.state))
    .returning();
  if (!flow) throw flowUnknown();
  const held = openMemory(ctx, flow);
  await assertMaySignIn(ctx.db, ctx, groupId, held, false);
  const provider = await openProvider(ctx.db, ctx, policy, held.serviceId);
  try {
    return await storeAccount(ctx, groupId, held, await provider.exchangeCode(callback, input.state, held.secret));
  } catch (error) {
    if (error instanceof SignInRefused) throw signInFailed(error);
    throw error;
  }
}

/** What the provider sent the browser back with: read from the pasted address, or made from the code alone. */
function callbackOf({ state, code, callback_url: pasted }: SignInFinish): URLSearchParams {
  if (pasted === undefined) return new URLSearchParams({ state, code: code ?? '' });
  if (!URL.canParse(pasted)) {
    throw new Invalid(
      'callback_malformed',
      'callback_url is not an address; paste all of it, with what follows the question mark',
    );
  }
  const { searchParams } = new URL(pasted);
  if (searchParams.get('state') !== state) {
    throw new Invalid('callback_malformed', 'this address belongs to another sign-in; paste the one that this sign-in ended at');
  }
  return searchParams;
}

/** Writes what a sign-in gave: a new account, or new tokens of one that is there. */
// No audit: insertUpstream and signInAnew write the row beside the deed.
export async function storeAccount(ctx: Ctx, groupId: string, held: Memory, tokens: Tokens): Promise<UpstreamAccount> {
  return await inTransaction(ctx, async (tx) => {
    const account = await assertMaySignIn(tx, ctx, groupId, held, true);
    if (account) return await signInAnew(tx, ctx, account, tokens);
    const row = await insertUpstream(tx, ctx, groupId as never, {
      serviceId: held.serviceId,
      name: held.name,
      authType: 'oauth',
      secret: tokens.accessToken,
      baseUrl: held.baseUrl,
      priority: held.priority,
      weight: held.weight,
      status: 'active',
      concurrency: held.concurrency,
      expiresAt: null,
      ownerId: held.personal ? personOf(ctx) : null,
    });
    await storeTokens(tx, ctx, row, tokens, null);
    const after = {
      ...row,
      expiresAt: tokens.lifetimeS === null ? null : new Date(ctx.clock.now().getTime() + tokens.lifetimeS * 1000),
    };
    return await viewUpstream(tx, after);
  });
}
