import type { GroupDetail, GroupSummary } from '@aicarpool/shared-protocol/console';
import type { GroupAccess, GroupRow } from './group-access.ts';

/** Who is in a group, as others see him. */
export type MemberView = GroupDetail['members'][number];

export interface GroupFacts {
  readonly memberCount: number;
  readonly enabledServices: readonly string[];
}

export function toSummary(group: GroupRow, role: GroupAccess['membership'], facts: GroupFacts): GroupSummary {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    member_count: facts.memberCount,
    max_members: group.maxMembers,
    status: group.status,
    role,
    deployment_mode: group.deploymentMode,
    primary_service: facts.enabledServices[0] ?? null,
    enabled_services: [...facts.enabledServices],
    created_at: group.createdAt.toISOString(),
  };
}

export interface DetailFacts extends GroupFacts {
  readonly manager: GroupDetail['manager'];
  readonly members: readonly MemberView[];
  readonly activeKeys: number;
}

export function toDetail(group: GroupRow, role: GroupAccess['membership'], facts: DetailFacts): GroupDetail {
  const limit = group.globalQuotaConfig?.['total_token_limit_monthly'];
  return {
    ...toSummary(group, role, facts),
    group_id: group.id,
    manager: facts.manager,
    members: [...facts.members],
    service_failover_enabled: group.failoverEnabled,
    deployment_node_ids: group.deploymentNodeIds,
    time_zone: group.timeZone,
    config_valid_s: group.configValidS,
    max_keys_per_user: group.maxKeysPerUser,
    global_quota_config: group.globalQuotaConfig as GroupDetail['global_quota_config'],
    cost_limits: group.costLimits,
    quota_usage: {
      total_tokens_used: null,
      total_token_limit: typeof limit === 'number' && Number.isSafeInteger(limit) ? limit : null,
      active_keys: facts.activeKeys,
    },
    updated_at: group.updatedAt.toISOString(),
    notices: noticesOf(group),
  };
}

function noticesOf(group: GroupRow): string[] {
  const limits = Object.keys(group.globalQuotaConfig ?? {}).filter((name) => name !== 'max_keys_per_user');
  const isLimited = limits.length > 0 || Object.keys(group.costLimits ?? {}).length > 0;
  return isLimited ? ['quotas and cost limits are kept; this version does not enforce them yet'] : [];
}
