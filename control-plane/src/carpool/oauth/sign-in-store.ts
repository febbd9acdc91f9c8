import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { audit, type Ctx, type Db } from '../../kernel/index.ts';
import { carpoolSignIns, carpoolUpstreams } from '../tables.ts';
import { noteEvents } from '../traffic/note-events.ts';
import { viewUpstream } from '../upstreams/read-upstreams.ts';
import { ensureDataKey } from '../upstreams/secrets/data-keys.ts';
import { hintOf } from '../upstreams/secrets/read-secret.ts';
import { sealCredential } from '../upstreams/secrets/seal-credential.ts';
import type { UpstreamRow } from '../upstreams/upstream-view.ts';
import type { Tokens } from './provider.ts';
import { refreshAt } from './refresh-times.ts';

const aadOf = (upstreamId: string) => `carpool_sign_ins/${upstreamId}`;

/** The refresh token of an account in clear; undefined: the provider gave none. */
export function openRefreshToken(
  ctx: Pick<Ctx, 'keyring'>,
  signIn: { readonly upstreamId: string; readonly refreshToken: string | null },
): string | undefined {
  return signIn.refreshToken === null
    ? undefined
    : ctx.keyring.open(signIn.refreshToken, aadOf(signIn.upstreamId)).toString('utf8');
}

/** Seals new tokens of an account: nodes get the access token under the group's data key, the refresh token stays here. */
export async function storeTokens(tx: Db, ctx: Ctx, account: UpstreamRow, tokens: Tokens, kept: string | null): Promise<void> {
  const now = ctx.clock.now();
  const expiresAt = tokens.lifetimeS === null ? null : new Date(now.getTime() + tokens.lifetimeS * 1000);
  const { id: upstreamId, groupId } = account;
  const dataKey = await ensureDataKey(tx, ctx, groupId);
  await tx
    .update(carpoolUpstreams)
    .set({
      credential: sealCredential(dataKey, { upstreamId, groupId }, tokens.accessToken),
      credentialHint: hintOf(tokens.accessToken),
      secretSetAt: now,
      expiresAt,
      updatedAt: now,
    })
    .where(eq(carpoolUpstreams.id, upstreamId));
  const refreshToken = tokens.refreshToken === null ? kept : ctx.keyring.seal(tokens.refreshToken, aadOf(upstreamId));
  // What cannot be renewed is looked at when it ends, to say so.
  const signIn = {
    state: 'signed_in' as const,
    refreshToken,
    refreshedAt: now,
    nextRefreshAt: refreshToken === null ? expiresAt : refreshAt(now, tokens.lifetimeS, Math.random()),
    failures: 0,
    lastError: null,
  };
  await tx
    .insert(carpoolSignIns)
    .values({ upstreamId, ...signIn })
    .onConflictDoUpdate({ target: carpoolSignIns.upstreamId, set: signIn });
}

/** Signs an account in anew: it is used again from now on. */
export async function signInAnew(tx: Db, ctx: Ctx, account: UpstreamRow, tokens: Tokens): Promise<UpstreamAccount> {
  await storeTokens(tx, ctx, account, tokens, null);
  const [row] = await tx
    .update(carpoolUpstreams)
    .set({ status: 'active', authType: 'oauth' })
    .where(eq(carpoolUpstreams.id, account.id))
    .returning();
  if (!row) throw new Error('an account that was just written is not there');
  await noteEvents(tx, ctx, [eventOf(ctx, row, 'account_signed_in', 'signed_in_anew')]);
  await audit(tx, ctx, {
    action: 'carpool.upstream.sign_in',
    target: { kind: 'upstream', id: row.id },
    groupId: row.groupId,
    before: { status: account.status },
    after: { status: row.status, rekeyed: true },
  });
  return await viewUpstream(tx, row);
}

export function eventOf(
  ctx: Pick<Ctx, 'clock'>,
  account: UpstreamRow,
  kind: 'account_needs_sign_in' | 'account_signed_in',
  reason: string,
) {
  return {
    id: `sig_${crypto.randomUUID()}`,
    kind,
    at: ctx.clock.now().toISOString(),
    group_id: account.groupId,
    node_id: null,
    service: account.serviceId,
    upstream_id: account.id,
    proxy_id: null,
    reason,
    until: null,
    count: 1,
  };
}
