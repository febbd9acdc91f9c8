import { type CountingQuota, quotasFor as chooseFor, type QuotaResource } from '@aicarpool/shared-protocol';
import type { GroupEntry, KeyEntry } from '../../snapshot/snapshot.ts';

/** A quota that counts a request, and whose use of it: a member, a key, or '' for the group. */
export type Counted = CountingQuota<QuotaResource>;

const none: readonly Counted[] = [];
const rememberedAtMost = 50_000;
/** By group as it was compiled: a change of the config makes another group, and what was remembered of this one goes with it. */
const remembered = new WeakMap<GroupEntry, Map<string, readonly Counted[]>>();

/** Every quota that counts a request of this key to this service, found once. */
export function quotasFor(group: GroupEntry, key: KeyEntry, serviceId: string): readonly Counted[] {
  if (group.quotas.length === 0) return none;
  let byRequest = remembered.get(group);
  if (!byRequest) {
    byRequest = new Map();
    remembered.set(group, byRequest);
  }
  const name = `${serviceId}|${key.userId}|${key.id}`;
  const known = byRequest.get(name);
  if (known) return known;
  if (byRequest.size >= rememberedAtMost) byRequest.clear();
  const counted = chooseFor(group.quotas, { userId: key.userId, keyId: key.id, service: serviceId });
  byRequest.set(name, counted);
  return counted;
}
