import type { Alert } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { formatPercent } from '../../../lib/format.ts';
import { countsOf, formatAmount, whoseOf } from '../quotas/quota-words.ts';

/** What an alert says, in one sentence. */
export function alertText(t: TFunction, alert: Alert): string {
  return t(`alert.says.${alert.level}`, {
    whose: whoseOf(t, alert),
    percent: formatPercent(alert.percent),
    limit: formatAmount(alert.unit, alert.limit),
    counts: countsOf(t, alert),
  });
}
