import type { GroupServiceInput } from '@aicarpool/shared-protocol/console';
import { Invalid } from '../../kernel/index.ts';
import type { carpoolGroupServices } from '../tables.ts';

/** How a group uses one service, as it is stored. */
export type ServicePlan = Omit<typeof carpoolGroupServices.$inferSelect, 'groupId'>;

export interface ServicesWish {
  readonly primary_service?: string | undefined;
  readonly enabled_services?: readonly string[] | undefined;
  readonly services?: readonly GroupServiceInput[] | undefined;
}

/**
 * The services of a group after a wish: pure. Services that the wish does not name stay, switched off; a wish that
 * names none changes none. The primary service comes first, whatever priorities say. Throws Invalid.
 */
export function planServices(current: readonly ServicePlan[], wish: ServicesWish, known: ReadonlySet<string>): ServicePlan[] {
  assertKnown(wish, known);
  const plans = new Map(current.map((plan) => [plan.serviceId, plan]));
  const namesAny = wish.services !== undefined || wish.enabled_services !== undefined;
  const enabled = new Set(wish.enabled_services);
  if (namesAny) for (const plan of current) plans.set(plan.serviceId, { ...plan, enabled: enabled.has(plan.serviceId) });
  for (const [at, input] of (wish.services ?? []).entries()) {
    plans.set(input.service_name, planOf(input, at, wish, plans.get(input.service_name)));
  }
  for (const name of enabled) {
    if (!plans.has(name)) plans.set(name, newServicePlan(name, nextPriority([...plans.values()])));
  }
  const sorted = [...plans.values()].sort(byPriority);
  return wish.primary_service === undefined ? sorted : withPrimary(sorted, wish.primary_service);
}

/** A service that a group begins to use without saying how. */
export function newServicePlan(serviceId: string, priority: number): ServicePlan {
  return {
    serviceId,
    enabled: true,
    priority,
    weight: 100,
    modelWhitelist: null,
    modelBlacklist: [],
    authMethod: 'shared_account',
    quotaConfig: null,
    proxyEnabled: false,
    modelAliases: [],
  };
}

export function nextPriority(plans: readonly Pick<ServicePlan, 'priority'>[]): number {
  return Math.max(0, ...plans.map(({ priority }) => priority)) + 1;
}

/** The order in which services are tried. */
export function byPriority(
  a: Pick<ServicePlan, 'priority' | 'serviceId'>,
  b: Pick<ServicePlan, 'priority' | 'serviceId'>,
): number {
  return a.priority - b.priority || (a.serviceId < b.serviceId ? -1 : 1);
}

/** The order of a fail-over chain: its services first, as it names them, then the others as they were. Throws Invalid. */
export function reorder(current: readonly ServicePlan[], chain: readonly string[]): ServicePlan[] {
  const plans = new Map(current.map((plan) => [plan.serviceId, plan]));
  const strangers = chain.filter((name) => !plans.has(name));
  if (strangers.length > 0) {
    throw new Invalid('service_not_in_group', `the group does not use ${strangers.join(', ')}`, { services: strangers });
  }
  if (new Set(chain).size < chain.length) throw new Invalid('service_twice', 'failover_chain names a service twice');
  const rest = [...current].sort(byPriority).filter((plan) => !chain.includes(plan.serviceId));
  const ordered = [...chain.flatMap((name) => plans.get(name) ?? []), ...rest];
  return ordered.map((plan, at) => ({ ...plan, priority: at + 1 }));
}

function planOf(input: GroupServiceInput, at: number, wish: ServicesWish, before: ServicePlan | undefined): ServicePlan {
  const byList = wish.enabled_services?.includes(input.service_name) ?? true;
  return {
    ...newServicePlan(input.service_name, input.priority ?? at + 1),
    enabled: input.enabled ?? byList,
    weight: input.weight,
    modelWhitelist: input.model_whitelist ?? null,
    modelBlacklist: input.model_blacklist ?? [],
    authMethod: input.auth_method,
    quotaConfig: input.quota_config ?? null,
    proxyEnabled: input.proxy_enabled,
    modelAliases: input.model_aliases ?? before?.modelAliases ?? [],
  };
}

function withPrimary(sorted: readonly ServicePlan[], primary: string): ServicePlan[] {
  const plan = sorted.find(({ serviceId }) => serviceId === primary);
  if (!plan?.enabled) {
    throw new Invalid('primary_not_enabled', `${primary} cannot be the primary service: the group has not switched it on`);
  }
  const others = sorted.filter((other) => other !== plan);
  const lowest = Math.min(...others.map(({ priority }) => priority));
  return [plan.priority < lowest ? plan : { ...plan, priority: lowest - 1 }, ...others];
}

function assertKnown(wish: ServicesWish, known: ReadonlySet<string>): void {
  const names = (wish.services ?? []).map((input) => input.service_name);
  if (new Set(names).size < names.length) throw new Invalid('service_twice', 'a service is named twice');
  const all = [...names, ...(wish.enabled_services ?? []), ...(wish.primary_service === undefined ? [] : [wish.primary_service])];
  const unknown = [...new Set(all.filter((name) => !known.has(name)))];
  if (unknown.length > 0) {
    throw new Invalid('service_unknown', `there is no service called ${unknown.join(', ')}`, { services: unknown });
  }
}

/** Credentials belong to accounts, where they are sealed; those that come with a service are dropped, but not silently. */
export function credentialNotices(inputs: readonly GroupServiceInput[] | undefined): string[] {
  if (!inputs?.some((input) => input.shared_credentials)) return [];
  return ['shared_credentials were not kept: add the account with POST …/upstream-accounts, where its credential is sealed'];
}
