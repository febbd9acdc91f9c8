import type { QuotaResource } from '@aicarpool/shared-protocol';
import type { GroupEntry, KeyEntry } from '../snapshot/snapshot.ts';

/** A quota that counts a request, and whose use of it: a member, a key, or '' for the group. */
export interface Counted {
  readonly rule: QuotaResource;
  readonly subject: string;
}

const none: readonly Counted[] = [];
const rememberedAtMost = 50_000;
/** By group as it was compiled: a change of the config makes another group, and what was remembered of this one goes with it. */
const remembered = new WeakMap<GroupEntry, Map<string, readonly Counted[]>>();

/** Every quota that counts a request of this key to this service. Of two that differ in their subject alone, the one that names it. */
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
  const counted = choose(group.quotas, key, serviceId);
  byRequest.set(name, counted);
  return counted;
}

function choose(quotas: readonly QuotaResource[], key: KeyEntry, serviceId: string): readonly Counted[] {
  const chosen = new Map<string, Counted>();
  for (const rule of quotas) {
    const subject = subjectOf(rule, key);
    if (rule.subject !== null && rule.of !== 'group' && rule.subject !== subject) continue;
    if (rule.service !== null && rule.service !== serviceId) continue;
    const kind = `${rule.of}|${rule.service ?? ''}|${rule.unit}|${rule.window}`;
    const rival = chosen.get(kind);
    if (!rival || isBefore(rule, rival.rule)) chosen.set(kind, { rule, subject });
  }
  return chosen.size === 0 ? none : [...chosen.values()];
}

function subjectOf({ of }: QuotaResource, key: KeyEntry): string {
  if (of === 'group') return '';
  return of === 'member' ? key.userId : key.id;
}

/** The one that names its subject; of equals the tighter one, then by id, so that all nodes choose alike. */
function isBefore(one: QuotaResource, other: QuotaResource): boolean {
  if ((one.subject === null) !== (other.subject === null)) return one.subject !== null;
  return one.limit === other.limit ? one.id < other.id : one.limit < other.limit;
}
