import { createHash } from 'node:crypto';
import { type GroupId, nanoUsdToUsd, type QuotaId, usdToNanoUsd } from '@aicarpool/shared-protocol';
import type { QuotaRule, QuotaTerms } from '@aicarpool/shared-protocol/console';
import type { carpoolQuotas } from '../../tables.ts';

export type QuotaRow = typeof carpoolQuotas.$inferSelect;
/** What a rule counts. A group has one rule for each place. */
export type RulePlace = Pick<QuotaRow, 'of' | 'subject' | 'serviceId' | 'unit' | 'window'>;
/** What it allows, in tokens or nano-USD. */
export type RuleTerms = Pick<
  QuotaRow,
  'limit' | 'mode' | 'whenDry' | 'maxOutputTokens' | 'overdraft' | 'strict' | 'alertPercent'
>;
export type RuleOrigin = QuotaRow['origin'];

export const defaultTerms: Omit<RuleTerms, 'limit'> = {
  mode: 'soft',
  whenDry: 'overrun',
  maxOutputTokens: null,
  overdraft: 0,
  strict: false,
  alertPercent: 80,
};

export function placeIn({ of, subject, serviceId, unit, window }: RulePlace): RulePlace {
  return { of, subject, serviceId, unit, window };
}

export function termsIn(row: RuleTerms): RuleTerms {
  const { limit, mode, whenDry, maxOutputTokens, overdraft, strict, alertPercent } = row;
  return { limit, mode, whenDry, maxOutputTokens, overdraft, strict, alertPercent };
}

/** Is it `token_limit` of a key? Such a rule belongs to the key, whoever set it. */
export function isLimitOfKey({ of, subject, serviceId, unit, window }: RulePlace): boolean {
  return of === 'key' && subject !== null && serviceId === null && unit === 'tokens' && window === 'total';
}

/** The same text for the same place. */
export function nameOfPlace({ of, subject, serviceId, unit, window }: RulePlace): string {
  return [of, subject ?? '', serviceId ?? '', unit, window].join('|');
}

/** The id follows from the place: a rule that comes back finds what was used of it. */
export function quotaIdOf(groupId: GroupId, place: RulePlace): QuotaId {
  const digest = createHash('sha256')
    .update(`${groupId}|${nameOfPlace(place)}`)
    .digest('hex');
  return `quo_${digest.slice(0, 24)}` as QuotaId;
}

/** Tokens or nano-USD as the console says them. */
export function toConsole(unit: QuotaRow['unit'], amount: number): number {
  return unit === 'tokens' ? amount : nanoUsdToUsd(amount);
}

/** The other way. Throws RangeError beyond the exact range. */
export function fromConsole(unit: QuotaRow['unit'], amount: number): number {
  return unit === 'tokens' ? amount : usdToNanoUsd(amount);
}

export function placeView({ of, subject, serviceId, unit, window }: RulePlace) {
  return { of, subject, service_name: serviceId, unit: unit === 'tokens' ? ('tokens' as const) : ('usd' as const), window };
}

export function termsView(unit: QuotaRow['unit'], terms: RuleTerms): QuotaTerms {
  return {
    limit: toConsole(unit, terms.limit),
    mode: terms.mode,
    when_dry: terms.whenDry,
    max_output_tokens: terms.maxOutputTokens,
    overdraft: toConsole(unit, terms.overdraft),
    strict: terms.strict,
    alert_percent: terms.alertPercent,
  };
}

/** `names`: of members and keys, by id. */
export function toRuleView(row: QuotaRow, names: ReadonlyMap<string, string>): QuotaRule {
  return {
    ...placeView(row),
    ...termsView(row.unit, row),
    id: row.id,
    group_id: row.groupId,
    subject_name: row.subject === null ? null : (names.get(row.subject) ?? null),
    origin: row.origin,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
