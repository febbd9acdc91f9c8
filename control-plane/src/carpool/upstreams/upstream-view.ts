import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import type { carpoolUpstreams } from '../tables.ts';

export type UpstreamRow = typeof carpoolUpstreams.$inferSelect;

/** What managers see of an account: never its secret. */
export function toUpstreamView(row: UpstreamRow): UpstreamAccount {
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
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    notices: noticesOf(row.authType),
  };
}

/** An account that belongs to one person may not be one to share: whoever adds it is told, and the choice is audited. */
export function noticesOf(authType: UpstreamRow['authType']): string[] {
  if (authType === 'api_key') return [];
  return [
    "Accounts used with a sign-in token are often bound to one person by the provider's terms. Check that sharing this one is allowed; an API key made for the group is the safe choice. Your choice is recorded.",
  ];
}
