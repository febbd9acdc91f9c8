import type { QuotaResource } from './quota.ts';

/** Who asks, and of which service: what decides which quotas count a request. */
export interface QuotaCaller {
  readonly userId: string;
  readonly keyId: string;
  readonly service: string;
}

type Rule = Pick<QuotaResource, 'of' | 'subject' | 'service' | 'unit' | 'window'>;

export interface CountingQuota<R extends Rule> {
  readonly rule: R;
  /** Whose window it is: id of the member or key, "" for the group. */
  readonly subject: string;
}

/**
 * The quotas of a group that count a request of this caller, in the order of `rules`: a request must fit all of them.
 * Of two that differ in `subject` alone, the one that names the caller takes the place of the one for each.
 */
export function quotasFor<R extends Rule>(rules: readonly R[], caller: QuotaCaller): readonly CountingQuota<R>[] {
  const counting = rules.flatMap((rule) => {
    const subject = subjectOf(rule, caller);
    const counts = (rule.service === null || rule.service === caller.service) && (rule.subject ?? subject) === subject;
    return counts ? [{ rule, subject }] : [];
  });
  const named = new Set(counting.filter(({ rule }) => rule.subject !== null).map(({ rule }) => placeOf(rule)));
  return counting.filter(({ rule }) => rule.subject !== null || !named.has(placeOf(rule)));
}

function subjectOf(rule: Rule, { userId, keyId }: QuotaCaller): string {
  if (rule.of === 'group') return '';
  return rule.of === 'member' ? userId : keyId;
}

const placeOf = ({ of, service, unit, window }: Rule) => `${of}|${service ?? ''}|${unit}|${window}`;
