import { type GroupId, newId, type ProxyId, type UserId } from '@aicarpool/shared-protocol';
import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { audit, type Ctx, type Db, Invalid } from '../../kernel/index.ts';
import { newServicePlan, nextPriority } from '../groups/plan-services.ts';
import { knownServices, writeServicePlans } from '../groups/set-group-services.ts';
import { assertChoosable } from '../proxies/proxy-access.ts';
import { tellProxies } from '../proxies/tell-proxies.ts';
import { carpoolGroupServices, carpoolUpstreams } from '../tables.ts';
import { assertFreeName } from './assert-free-name.ts';
import { ensureDataKey } from './secrets/data-keys.ts';
import { hintOf } from './secrets/read-secret.ts';
import { sealCredential } from './secrets/seal-credential.ts';
import { noticesOf, toUpstreamView, type UpstreamRow } from './upstream-view.ts';

/** An account as it is to be stored; `secret` is still in clear. */
export interface NewAccount {
  readonly serviceId: string;
  readonly name: string;
  readonly authType: UpstreamRow['authType'];
  readonly secret: string;
  readonly baseUrl: string | null;
  readonly priority: number;
  readonly weight: number;
  readonly status: 'active' | 'disabled';
  readonly concurrency: number | null;
  readonly proxyId?: ProxyId | null;
  readonly expiresAt: Date | null;
  readonly ownerId: UserId | null;
}

/**
 * Writes an account with its secret sealed, and its audit row, into the caller's transaction, which has locked the group.
 * A service that the group does not list yet is switched on with its first shared account.
 */
export async function insertUpstream(tx: Db, ctx: Ctx, groupId: GroupId, account: NewAccount): Promise<UpstreamRow> {
  if (!(await knownServices(tx)).has(account.serviceId)) {
    throw new Invalid('service_unknown', `there is no service called ${account.serviceId}`);
  }
  await assertFreeName(tx, groupId, account.name);
  if (account.proxyId) await assertChoosable(tx, [account.proxyId]);
  const { secret, ...columns } = account;
  const id = newId('upstream');
  const now = ctx.clock.now();
  const [row] = await tx
    .insert(carpoolUpstreams)
    .values({
      ...columns,
      id,
      groupId,
      credential: sealCredential(await ensureDataKey(tx, ctx, groupId), { upstreamId: id, groupId }, secret),
      credentialHint: hintOf(secret),
      secretSetAt: now,
      createdBy: ctx.actor.kind === 'user' ? ctx.actor.userId : null,
      createdAt: now,
      updatedAt: now,
    })
    .returning();
  if (!row) throw new Error('an account that was just written is not there');
  if (row.proxyId) await tellProxies(tx, ctx, groupId);
  await audit(tx, ctx, {
    action: 'carpool.upstream.add',
    target: { kind: 'upstream', id },
    groupId,
    after: {
      ...auditable(toUpstreamView(row)),
      switched_on_service: account.ownerId === null && (await switchOnService(tx, groupId, account.serviceId)),
      told_about_personal_accounts: noticesOf(row).length > 0,
    },
  });
  return row;
}

async function switchOnService(tx: Db, groupId: GroupId, serviceId: string): Promise<boolean> {
  const rows = await tx.select().from(carpoolGroupServices).where(eq(carpoolGroupServices.groupId, groupId));
  if (rows.some((row) => row.serviceId === serviceId)) return false;
  await writeServicePlans(tx, groupId, [newServicePlan(serviceId, nextPriority(rows))]);
  return true;
}

/** What the audit keeps of an account: everything but what hints at its secret, the notices, and what passes. */
export function auditable(view: UpstreamAccount): Partial<UpstreamAccount> {
  const { credential_hint: _hint, notices: _notices, health: _health, sign_in: _signIn, ...rest } = view;
  return rest;
}
