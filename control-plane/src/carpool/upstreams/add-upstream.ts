import type { NewUpstream, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx, inTransaction } from '../../kernel/index.ts';
import { getManagedGroup } from '../groups/group-access.ts';
import { type AddressPolicy, checkBaseUrl } from './base-url.ts';
import { insertUpstream, type NewAccount } from './insert-upstream.ts';
import { readSecret } from './secrets/read-secret.ts';
import { toUpstreamView } from './upstream-view.ts';

/**
 * Adds a provider account to a group and seals its secret, which nobody can read again. A service that the group does
 * not list yet is switched on with its first account. 409 `name_taken`, 400 `service_unknown`.
 */
// No audit: insertUpstream writes the row beside the account.
export async function addUpstream(ctx: Ctx, policy: AddressPolicy, groupId: string, wish: NewUpstream): Promise<UpstreamAccount> {
  allow(ctx, 'carpool.upstream.add');
  const account = await toNewAccount(policy, wish);
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    return toUpstreamView(await insertUpstream(tx, ctx, group.id, account));
  });
}

/** An account of the group as somebody wishes it, checked as far as it can be without the database. Throws Invalid. */
export async function toNewAccount(policy: AddressPolicy, wish: NewUpstream): Promise<NewAccount> {
  return {
    serviceId: wish.service_name,
    name: wish.name,
    authType: wish.auth_type,
    secret: readSecret(wish.credential),
    baseUrl: wish.base_url ? await checkBaseUrl(policy, wish.service_name, wish.base_url) : null,
    priority: wish.priority,
    weight: wish.weight,
    status: wish.status,
    concurrency: wish.concurrency ?? null,
    proxyId: wish.proxy_resource_id ?? null,
    expiresAt: wish.expires_at ? new Date(wish.expires_at) : null,
    ownerId: null,
  };
}
