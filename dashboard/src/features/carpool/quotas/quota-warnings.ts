import type { QuotaWarning } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { countsOf, formatAmount, type Place } from './quota-words.ts';

/** What still holds of earlier warnings once a quota was written, with what was said of that: it was checked anew. */
export function mergeWarnings(
  earlier: readonly QuotaWarning[],
  quotaId: string,
  said: readonly QuotaWarning[],
): readonly QuotaWarning[] {
  const all = [...earlier.filter(({ about }) => !about.includes(quotaId)), ...said];
  return [...new Map(all.map((warning) => [warning.message, warning])).values()];
}

/** What is allowed but may not be meant, in one sentence. */
export function quotaWarningText(t: TFunction, { code, params }: QuotaWarning): string {
  const unit: Place['unit'] = params['unit'] === 'usd' ? 'usd' : 'tokens';
  const amount = (name: string) => formatAmount(unit, Number(params[name]));
  switch (code) {
    case 'members_over_group': {
      const { service_name: service, window, times = 0 } = params;
      const place = { of: 'group', unit, window: window as Place['window'], service_name: String(service) || null } as const;
      return t(`quota.warning.${code}`, { sum: amount('sum'), times, limit: amount('limit'), counts: countsOf(t, place) });
    }
    case 'day_over_month':
      return t(`quota.warning.${code}`, { limit: amount('limit'), month: amount('month_limit') });
    case 'models_unpriced': {
      const count = Number(params['more']);
      const more = count > 0 ? t('quota.warning.andMore', { count }) : '';
      return t(`quota.warning.${code}`, { models: params['models'], more });
    }
    default:
      return t(`quota.warning.${code}`);
  }
}
