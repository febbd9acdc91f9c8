import type { Quota, QuotaLine, QuotaUse } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { formatCount, formatUsd } from '../../../lib/format.ts';
import type { State } from '../../../ui/glyph.tsx';

export type Place = Pick<QuotaLine, 'of' | 'unit' | 'window' | 'service_name'>;

/** Tokens or dollars, as the quota counts. */
export function formatAmount(unit: Quota['unit'], amount: number): string {
  return unit === 'usd' ? formatUsd(amount) : formatCount(amount);
}

/** Whose use a quota adds up. */
export function whoseOf(t: TFunction, { of, subject_name }: { of: Quota['of']; subject_name: string | null }): string {
  if (of === 'group') return t('quota.whose.group');
  if (subject_name === null) return t(`quota.whose.each_${of}`);
  return t(`quota.whose.${of}`, { name: subject_name });
}

/** What it counts: unit, window, service. */
export function countsOf(t: TFunction, { unit, window, service_name }: Place): string {
  return [t(`quota.unit.${unit}`), t(`quota.window.${window}`), service_name ?? t('quota.everyService')].join(' · ');
}

export const useStates: Record<QuotaUse['state'], State> = { ok: 'ok', near: 'partial', reached: 'bad' };

/** The part that is nearest to its limit; undefined: there is none. */
export function fullest(use: readonly QuotaUse[]): QuotaUse | undefined {
  return use.reduce<QuotaUse | undefined>((top, one) => (top && top.percent >= one.percent ? top : one), undefined);
}
