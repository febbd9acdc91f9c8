import { nanoUsdToUsd, usdToNanoUsd } from '@aicarpool/shared-protocol';
import type { GroupDetail } from '@aicarpool/shared-protocol/console';
import { nameOfPlace, type QuotaRow, type RulePlace } from './rule.ts';
import type { RuleWish } from './write-rules.ts';

/** Limits that are fields of a group, of a service in it, or of a key. The rule is what holds; the field shows it. */
type FieldPlace = Omit<RulePlace, 'subject' | 'serviceId'>;

const tokens = (of: 'group' | 'member', window: RulePlace['window']): FieldPlace => ({ of, unit: 'tokens', window });

const globalFields = {
  total_token_limit_daily: tokens('group', 'day'),
  total_token_limit_monthly: tokens('group', 'month'),
  total_token_limit: tokens('group', 'total'),
  per_user_token_limit_daily: tokens('member', 'day'),
  per_user_token_limit_monthly: tokens('member', 'month'),
  per_user_token_limit: tokens('member', 'total'),
} as const;

const costFields = {
  daily_limit: { of: 'group', unit: 'nano_usd', window: 'day' },
  monthly_limit: { of: 'group', unit: 'nano_usd', window: 'month' },
} as const satisfies Record<string, FieldPlace>;

const serviceFields = {
  daily_token_limit: tokens('group', 'day'),
  monthly_token_limit: tokens('group', 'month'),
  token_limit: tokens('group', 'total'),
} as const;

type Values = Readonly<Record<string, unknown>>;
export interface GroupFields {
  readonly global_quota_config?: Values | undefined;
  readonly cost_limits?: Values | undefined;
}

/** The rules that the fields of a group wish for. A field that such an object leaves out wishes for no rule. */
export function rulesOfGroup({ global_quota_config: quotas, cost_limits: costs }: GroupFields): RuleWish[] {
  const threshold = costs?.['alert_threshold'];
  const alert = typeof threshold === 'number' ? { alertPercent: Math.max(1, Math.round(threshold * 100)) } : {};
  const ofTokens = quotas ? wishesOf(quotas, globalFields, null) : [];
  const ofCosts = costs ? wishesOf(costs, costFields, null) : [];
  return [...ofTokens, ...ofCosts.map((wish) => ({ ...wish, terms: wish.terms && { ...wish.terms, ...alert } }))];
}

/** The same for `quota_config` of a service of a group; null wishes for no rule. */
export function rulesOfService(serviceId: string, config: Values | null): RuleWish[] {
  return wishesOf(config ?? {}, serviceFields, serviceId);
}

/** The rule that `token_limit` of a key is. */
export function ruleOfKey(keyId: string, limit: number | null): RuleWish {
  return {
    place: { of: 'key', subject: keyId, serviceId: null, unit: 'tokens', window: 'total' },
    terms: limit === null ? null : { limit },
  };
}

/** What is kept of such an object beside its rules; null: nothing. */
export function restOfGroup(config: Values): Record<string, unknown> | null {
  return without(config, { ...globalFields, max_keys_per_user: true });
}
export function restOfCosts(config: Readonly<Record<string, number>>): Record<string, number> | null {
  return without(config, costFields);
}
export function restOfService<T extends Readonly<Record<string, number>>>(config: T | null): Record<string, number> | null {
  return config && without(config, serviceFields);
}

interface StoredFields {
  readonly globalQuotaConfig: Values | null;
  readonly costLimits: Readonly<Record<string, number>> | null;
  readonly maxKeysPerUser: number;
}

/** The fields of a group as its rules are now. */
export function fieldsOfGroup(
  stored: StoredFields,
  rules: readonly QuotaRow[],
): Pick<GroupDetail, 'global_quota_config' | 'cost_limits'> {
  const limits = valuesOf(globalFields, null, rules);
  const costs = valuesOf(costFields, null, rules);
  const [costRule] = rules.filter(({ unit, of, serviceId }) => unit === 'nano_usd' && of === 'group' && serviceId === null);
  const alert = costRule ? { alert_threshold: costRule.alertPercent / 100 } : {};
  const isSet = stored.globalQuotaConfig !== null || Object.keys(limits).length > 0;
  return {
    global_quota_config: isSet
      ? ({
          ...stored.globalQuotaConfig,
          ...limits,
          max_keys_per_user: stored.maxKeysPerUser,
        } as GroupDetail['global_quota_config'])
      : null,
    cost_limits: stored.costLimits === null && costRule === undefined ? null : { ...stored.costLimits, ...costs, ...alert },
  };
}

/** `quota_config` of a service as its rules are now. */
export function fieldsOfService(
  serviceId: string,
  stored: Readonly<Record<string, number>> | null,
  rules: readonly QuotaRow[],
): Record<string, number> | null {
  const limits = valuesOf(serviceFields, serviceId, rules);
  return stored === null && Object.keys(limits).length === 0 ? null : { ...stored, ...limits };
}

/** Fields of these objects that are kept and do nothing. */
export function idleFields(stored: Values | null): string[] {
  return Object.keys(stored ?? {}).filter((name) => name !== 'alert_threshold');
}

function wishesOf(values: Values, fields: Readonly<Record<string, FieldPlace>>, serviceId: string | null): RuleWish[] {
  return Object.entries(fields).map(([name, place]) => {
    const value = values[name];
    const limit = typeof value !== 'number' ? null : place.unit === 'tokens' ? Math.floor(value) : usdToNanoUsd(value);
    return { place: { ...place, subject: null, serviceId }, terms: limit === null ? null : { limit } };
  });
}

function valuesOf(
  fields: Readonly<Record<string, FieldPlace>>,
  serviceId: string | null,
  rules: readonly QuotaRow[],
): Record<string, number> {
  const byPlace = new Map(rules.map((rule) => [nameOfPlace(rule), rule]));
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, place]) => {
      const rule = byPlace.get(nameOfPlace({ ...place, subject: null, serviceId }));
      return rule ? [[name, place.unit === 'tokens' ? rule.limit : nanoUsdToUsd(rule.limit)]] : [];
    }),
  );
}

function without<T>(values: Readonly<Record<string, T>>, names: object): Record<string, T> | null {
  const kept = Object.entries(values).filter(([name, value]) => !(name in names) && value !== undefined);
  return kept.length === 0 ? null : Object.fromEntries(kept);
}
