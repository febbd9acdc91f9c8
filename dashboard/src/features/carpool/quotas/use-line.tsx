import type { QuotaUse } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatPercent, formatRelative } from '../../../lib/format.ts';
import { Status } from '../../../ui/glyph.tsx';
import { QuotaBar } from './quota-bar.tsx';
import { formatAmount, useStates } from './quota-words.ts';

interface UseLineProps {
  readonly label: string;
  readonly unit: 'tokens' | 'usd';
  readonly use: QuotaUse;
  readonly alertPercent?: number;
}

/** One window: the bar, and in words what it shows. */
export function UseLine({ label, unit, use, alertPercent }: UseLineProps) {
  const { t, i18n } = useTranslation();
  const when = use.resets_at && formatRelative(use.resets_at, i18n.language, Date.now());
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <QuotaBar label={label} unit={unit} use={use} {...(alertPercent === undefined ? {} : { alertPercent })} />
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-xs">
        <span className="text-ink">
          {t('quota.usedOf', { used: formatAmount(unit, use.used), limit: formatAmount(unit, use.limit) })}
        </span>
        <span className="text-ink-3">{formatPercent(use.percent)}</span>
        {use.promised > 0 ? (
          <span className="text-ink-3" title={t('quota.promisedNote')}>
            {t('quota.promised', { amount: formatAmount(unit, use.promised) })}
          </span>
        ) : null}
        {use.state === 'ok' ? null : <Status state={useStates[use.state]}>{t(`quota.is.${use.state}`)}</Status>}
        <span className="ml-auto text-ink-3" title={use.resets_at ?? undefined}>
          {when ? t('quota.resets', { when }) : t('quota.neverResets')}
        </span>
      </p>
    </div>
  );
}
