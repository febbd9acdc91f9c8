import { groupRouting, healthRules } from '@aicarpool/shared-protocol';
import { testSnapshot } from '../../../test/snapshot.ts';
import type { GroupEntry } from '../../snapshot/snapshot.ts';
import type { Target } from '../target.ts';

/** A group with so many accounts, each at an address of its own unless told otherwise. */
export function oneGroup(accounts: number, rules: Partial<GroupEntry['health']> = {}, baseUrls?: readonly string[]) {
  const snapshot = testSnapshot({
    baseUrls: baseUrls ?? Array.from({ length: accounts }, (_, at) => `https://provider-${at}.example`),
    group: { health: { ...healthRules.parse({}), ...rules }, routing: groupRouting.parse({}) },
  });
  const group = snapshot.findGroup('grp_test');
  const [route] = group?.services ?? [];
  if (!group || !route) throw new Error('the test snapshot has no group');
  const targets = route.upstreams.map(
    (upstream): Target => ({ service: route.service, upstream, route, model: 'claude-sonnet-4-5' }),
  );
  return { group, targets };
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}
