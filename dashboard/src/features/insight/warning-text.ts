import type { StatsWarning } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';

/** What a reader must know before trusting the figures, in one sentence. */
export function warningText(t: TFunction, language: string, { code, params }: StatsWarning): string {
  const { covered_from: since } = params;
  const shown =
    typeof since === 'string'
      ? new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(since))
      : '';
  return t(`warning.${code}`, { ...params, covered_from: shown });
}
