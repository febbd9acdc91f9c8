import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import type { carpoolSignIns, carpoolUpstreams } from '../tables.ts';

export type UpstreamRow = typeof carpoolUpstreams.$inferSelect;
export type SignInRow = typeof carpoolSignIns.$inferSelect;

/** What managers see of an account: never its secret. What nodes say of its health is added at the door. */
export function toUpstreamView(row: UpstreamRow, signIn: SignInRow | null = null): UpstreamAccount {
  return {
    id: row.id,
    group_id: row.groupId,
    service_name: row.serviceId,
    name: row.name,
    auth_type: row.authType,
    credential_hint: row.credentialHint,
    base_url: row.baseUrl,
    priority: row.priority,
    weight: row.weight,
    status: row.status === 'active' ? 'active' : 'disabled',
    concurrency: row.concurrency,
    proxy_resource_id: row.proxyId,
    owner_id: row.ownerId,
    expires_at: row.expiresAt?.toISOString() ?? null,
    sign_in: signIn
      ? {
          state: signIn.state,
          refreshed_at: signIn.refreshedAt.toISOString(),
          next_refresh_at: signIn.nextRefreshAt?.toISOString() ?? null,
          last_error: signIn.lastError,
        }
      : null,
    health: null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    notices: noticesOf(row),
  };
}

/** An account that belongs to one person may not be one to share: whoever adds it is told, and the choice is audited. */
export function noticesOf({ authType, ownerId }: Pick<UpstreamRow, 'authType' | 'ownerId'>): string[] {
  if (authType === 'api_key' || ownerId !== null) return [];
  return [
    "Accounts used with a sign-in token are often bound to one person by the provider's terms. Check that sharing this one is allowed; an API key made for the group is the safe choice. Your choice is recorded.",
  ];
}
