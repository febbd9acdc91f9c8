import type { GroupChange, NewGroup } from '@aicarpool/shared-protocol/console';
import { Invalid } from '../../kernel/index.ts';
import { restOfCosts, restOfGroup } from '../quotas/rules/field-rules.ts';
import type { carpoolGroups } from '../tables.ts';

type Columns = Partial<typeof carpoolGroups.$inferInsert>;

/** The columns that a new group or a change of one names. Throws Invalid on an unknown time zone. */
export function settingsOf(wish: GroupChange | NewGroup): Columns {
  if (wish.time_zone !== undefined && !isTimeZone(wish.time_zone)) {
    throw new Invalid('time_zone_unknown', `${wish.time_zone} is no IANA time zone, as Asia/Shanghai is`);
  }
  return definedOf({
    name: wish.name,
    description: wish.description,
    maxMembers: wish.max_members,
    deploymentMode: wish.deployment_mode,
    deploymentNodeIds: wish.deployment_node_ids?.length === 0 ? null : wish.deployment_node_ids,
    timeZone: wish.time_zone,
    configValidS: wish.config_valid_s,
    maxKeysPerUser: wish.global_quota_config?.max_keys_per_user ?? wish.max_keys_per_user,
    failoverEnabled: wish.service_failover_enabled,
    globalQuotaConfig: wish.global_quota_config && restOfGroup(wish.global_quota_config),
    costLimits: wish.cost_limits && restOfCosts(wish.cost_limits as Record<string, number>),
  });
}

function definedOf<T extends object>(wish: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as never;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
