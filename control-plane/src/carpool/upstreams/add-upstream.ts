import { type GroupId, newId } from '@aicarpool/shared-protocol';
import type { NewUpstream, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, Invalid, inTransaction } from '../../kernel/index.ts';
import { getManagedGroup } from '../groups/group-access.ts';
import { newServicePlan, nextPriority } from '../groups/plan-services.ts';
import { knownServices, writeServicePlans } from '../groups/set-group-services.ts';
import { carpoolGroupServices, carpoolUpstreams } from '../tables.ts';
import { assertFreeName } from './assert-free-name.ts';
import { type AddressPolicy, checkBaseUrl } from './base-url.ts';
import { ensureDataKey } from './data-keys.ts';
import { hintOf, readSecret } from './read-secret.ts';
import { sealCredential } from './seal-credential.ts';
import { noticesOf, toUpstreamView } from './upstream-view.ts';

/**
 * Adds a provider account to a group and seals its secret, which nobody can read again. A service that the group does
 * not list yet is switched on with its first account. 409 `name_taken`, 400 `service_unknown`.
 */
export async function addUpstream(ctx: Ctx, policy: AddressPolicy, groupId: string, wish: NewUpstream): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.add');
  const secret = readSecret(wish.credential);
  const baseUrl = wish.base_url ? await checkBaseUrl(policy, wish.service_name, wish.base_url) : null;
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    if (!(await knownServices(tx)).has(wish.service_name)) {
      throw new Invalid('service_unknown', `there is no service called ${wish.service_name}`);
    }
    await assertFreeName(tx, group.id, wish.name);
    const id = newId('upstream');
    const now = ctx.clock.now();
    const [row] = await tx
      .insert(carpoolUpstreams)
      .values({
        id,
        groupId: group.id,
        serviceId: wish.service_name,
        name: wish.name,
        authType: wish.auth_type,
        credential: sealCredential(await ensureDataKey(tx, ctx, group.id), { upstreamId: id, groupId: group.id }, secret),
        credentialHint: hintOf(secret),
        baseUrl,
        priority: wish.priority,
        weight: wish.weight,
        status: wish.status,
        createdBy: ctx.actor.kind === 'user' ? ctx.actor.userId : null,
        createdAt: now,
        updatedAt: now,
      })
      .returning();
    if (!row) throw new Error('an account that was just written is not there');
    const view = toUpstreamView(row);
    await audit(tx, ctx, {
      action: 'carpool.upstream.add',
      target: { kind: 'upstream', id },
      groupId: group.id,
      after: {
        ...auditable(view),
        switched_on_service: await switchOnService(tx, group.id, wish.service_name),
        told_about_personal_accounts: noticesOf(wish.auth_type).length > 0,
      },
    });
    return view;
  });
}

async function switchOnService(tx: Db, groupId: GroupId, serviceId: string): Promise<boolean> {
  const rows = await tx.select().from(carpoolGroupServices).where(eq(carpoolGroupServices.groupId, groupId));
  if (rows.some((row) => row.serviceId === serviceId)) return false;
  await writeServicePlans(tx, groupId, [newServicePlan(serviceId, nextPriority(rows))]);
  return true;
}

/** What the audit keeps of an account: everything but what hints at its secret, and the notices. */
export function auditable(view: UpstreamAccount): Partial<UpstreamAccount> {
  const { credential_hint: _hint, notices: _notices, ...rest } = view;
  return rest;
}
