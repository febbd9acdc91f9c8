import type { QuotaId } from '@aicarpool/shared-protocol';
import type { ConfigPlan, GroupConfig } from '@aicarpool/shared-protocol/console';
import { isLimitOfKey, type RulePlace } from '../quotas/rules/rule.ts';

/** What there is here that a document may speak of. */
export interface Surroundings {
  readonly services: ReadonlySet<string>;
  readonly proxies: ReadonlySet<string>;
  readonly members: ReadonlySet<string>;
  readonly keys: ReadonlySet<string>;
  /** The id of a quota follows from what it counts: one that comes back finds what was used of it. */
  readonly idOfQuota: (place: RulePlace) => QuotaId;
}

export interface Fitted {
  readonly config: GroupConfig;
  readonly leftOut: ConfigPlan['left_out'];
}

/**
 * A document as far as it can be had here: pure. What it says of services, proxies, nodes, people and accounts that are
 * not here is left out and named. Accounts are found by id, else by name: their secrets are in no document.
 */
export function fitConfig(current: GroupConfig, wanted: GroupConfig, here: Surroundings): Fitted {
  const leftOut: { part: string; id: string; reason: string }[] = [];
  const known = (set: ReadonlySet<string>, part: string, reason: string) => (id: string) => {
    if (set.has(id)) return true;
    leftOut.push({ part, id, reason });
    return false;
  };
  const isService = known(here.services, 'service', 'there is no such service');
  const isProxy = known(here.proxies, 'proxy', 'there is no such outbound proxy that may be used');
  const named = new Set<string>();
  const isFirst = (id: string) => {
    const isNew = !named.has(id);
    named.add(id);
    if (!isNew) leftOut.push({ part: 'service', id, reason: 'it stands in the document twice' });
    return isNew;
  };
  const services = wanted.services.filter(({ service_id: id }) => isFirst(id) && isService(id));
  return {
    leftOut,
    config: {
      ...wanted,
      services,
      group: { ...wanted.group, egress: fitEgress(wanted, isProxy, here) },
      quotas: fitQuotas(current, wanted, here, leftOut),
      accounts: fitAccounts(current, wanted, isProxy, leftOut),
    },
  };
}

function fitEgress({ group: { egress } }: GroupConfig, isProxy: (id: string) => boolean, here: Surroundings) {
  if (egress === null) return null;
  const members = Object.entries(egress.members).filter(([user, proxy]) => here.members.has(user) && isProxy(proxy));
  return { ...egress, proxies: egress.proxies.filter(isProxy), members: Object.fromEntries(members) };
}

type Quota = GroupConfig['quotas'][number];

function fitQuotas(current: GroupConfig, wanted: GroupConfig, here: Surroundings, leftOut: Fitted['leftOut']): Quota[] {
  const idByRule = new Map(current.quotas.map((quota) => [ruleOf(quota), quota.id]));
  const taken = new Set<string>();
  return wanted.quotas.flatMap((quota) => {
    const rule = ruleOf(quota);
    const reason = reasonAgainst(quota, here) ?? (taken.has(rule) ? 'the same rule stands in the document twice' : undefined);
    taken.add(rule);
    const id = idByRule.get(rule) ?? here.idOfQuota({ ...quota, serviceId: quota.service_id });
    if (reason === undefined) return [{ ...quota, id }];
    leftOut.push({ part: 'quota', id: quota.id, reason });
    return [];
  });
}

function reasonAgainst(quota: Quota, here: Surroundings): string | undefined {
  const { of, subject, service_id: serviceId } = quota;
  if (subject !== null && of === 'group') return 'a quota of the group has no subject';
  if (subject !== null && !(of === 'key' ? here.keys : here.members).has(subject)) return `there is no such ${of} in the group`;
  if (isLimitOfKey({ ...quota, serviceId })) return 'the limit of a key is set at the key';
  return serviceId !== null && !here.services.has(serviceId) ? 'there is no such service' : undefined;
}

/** Of two rules that count the same, only one can be. */
export function ruleOf({ of, subject, service_id, unit, window }: Omit<Quota, 'id'>): string {
  return [of, subject ?? '', service_id ?? '', unit, window].join('|');
}

function fitAccounts(
  current: GroupConfig,
  wanted: GroupConfig,
  isProxy: (id: string) => boolean,
  leftOut: Fitted['leftOut'],
): GroupConfig['accounts'] {
  const changed = new Map<string, GroupConfig['accounts'][number]>();
  for (const account of wanted.accounts) {
    const held =
      current.accounts.find(({ id }) => id === account.id) ?? current.accounts.find(({ name }) => name === account.name);
    if (!held || held.service_id !== account.service_id || held.owner_id !== null) {
      const reason = held?.owner_id
        ? 'it belongs to a member'
        : 'the group has no such account; add it with its credential first';
      leftOut.push({ part: 'account', id: account.name, reason });
      continue;
    }
    const { id, service_id, auth_type, owner_id } = held;
    const proxy_id = account.proxy_id !== null && isProxy(account.proxy_id) ? account.proxy_id : null;
    changed.set(id, { ...account, id, service_id, auth_type, owner_id, proxy_id });
  }
  for (const { id, name } of namesakes(current, changed)) {
    changed.delete(id);
    leftOut.push({ part: 'account', id: name, reason: 'another account of the group has this name' });
  }
  return current.accounts.map((account) => changed.get(account.id) ?? account);
}

/** Accounts that would have the name of one that keeps its own. Two may change names with each other. */
function namesakes(current: GroupConfig, changed: ReadonlyMap<string, GroupConfig['accounts'][number]>) {
  const left = new Map(changed);
  for (;;) {
    const holders = Map.groupBy(current.accounts, ({ id, name }) => left.get(id)?.name ?? name);
    const clash = [...left.values()].find(({ name }) => (holders.get(name)?.length ?? 0) > 1);
    if (!clash) return [...changed.values()].filter(({ id }) => !left.has(id));
    left.delete(clash.id);
  }
}
