import type { GroupDetail, GroupSummary } from '@aicarpool/shared-protocol/console';
import { fieldsOfGroup, idleFields } from '../quotas/rules/field-rules.ts';
import type { QuotaRow } from '../quotas/rules/rule.ts';
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
  readonly rules: readonly QuotaRow[];
}

export function toDetail(group: GroupRow, role: GroupAccess['membership'], facts: DetailFacts): GroupDetail {
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
    ...fieldsOfGroup(group, facts.rules),
    quota_usage: {
      total_tokens_used: null,
      total_token_limit: wholeTokenRule(facts.rules)?.limit ?? null,
      active_keys: facts.activeKeys,
    },
    updated_at: group.updatedAt.toISOString(),
    notices: noticesOf(group),
  };
}

/** The token limit of the whole group: of a month, or else of a day, or else in all. */
export function wholeTokenRule(rules: readonly QuotaRow[]): QuotaRow | undefined {
  const whole = rules.filter(({ of, unit, serviceId }) => of === 'group' && unit === 'tokens' && serviceId === null);
  const inWindow = (window: QuotaRow['window']) => whole.find((rule) => rule.window === window);
  return inWindow('month') ?? inWindow('day') ?? inWindow('total');
}

// What is kept but has no effect must say so: a limit that nobody enforces is worse than none.
function noticesOf(group: GroupRow): string[] {
  const idle = [...idleFields(group.globalQuotaConfig), ...idleFields(group.costLimits)];
  return idle.length === 0 ? [] : [`kept, but without effect: ${idle.join(', ')}`];
}
