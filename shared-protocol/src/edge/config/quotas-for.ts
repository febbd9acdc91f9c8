import type { QuotaResource } from './quota.ts';

/** Who asks, and of which service: what decides which quotas count a request. */
export interface QuotaCaller {
  readonly userId: string;
  readonly keyId: string;
  readonly service: string;
}

type Rule = Pick<QuotaResource, 'id' | 'of' | 'subject' | 'service' | 'unit' | 'window' | 'limit'>;

export interface CountingQuota<R extends Rule> {
  readonly rule: R;
  /** Whose window it is: id of the member or key, "" for the group. */
  readonly subject: string;
}

/**
 * The quotas of a group that count a request of this caller: a request must fit all of them. Of two that differ in
 * `subject` alone, the one that names the caller takes the place of the one for each. A group never has two that agree
 * in all of it; should a node be told of such, all nodes take the tighter one.
 */
export function quotasFor<R extends Rule>(rules: readonly R[], caller: QuotaCaller): readonly CountingQuota<R>[] {
  const chosen = new Map<string, CountingQuota<R>>();
  for (const rule of rules) {
    const subject = subjectOf(rule, caller);
    if (rule.service !== null && rule.service !== caller.service) continue;
    if (rule.of !== 'group' && rule.subject !== null && rule.subject !== subject) continue;
    const place = `${rule.of}|${rule.service ?? ''}|${rule.unit}|${rule.window}`;
    const rival = chosen.get(place);
    if (!rival || isBefore(rule, rival.rule)) chosen.set(place, { rule, subject });
  }
  return [...chosen.values()];
}

function subjectOf({ of }: Rule, { userId, keyId }: QuotaCaller): string {
  if (of === 'group') return '';
  return of === 'member' ? userId : keyId;
}

function isBefore(one: Rule, other: Rule): boolean {
  if ((one.subject === null) !== (other.subject === null)) return one.subject !== null;
  return one.limit === other.limit ? one.id < other.id : one.limit < other.limit;
}
