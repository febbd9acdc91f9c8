import type { QuotaUse } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatPercent } from '../../../lib/format.ts';
import { formatAmount } from './quota-words.ts';

const colours: Record<QuotaUse['state'], string> = { ok: 'bg-accent', near: 'bg-warn', reached: 'bg-bad' };

interface QuotaBarProps {
  readonly label: string;
  readonly unit: 'tokens' | 'usd';
  readonly use: Pick<QuotaUse, 'used' | 'promised' | 'limit' | 'state' | 'percent'>;
  /** Where people are told, in percent. */
  readonly alertPercent?: number;
}

/** How much of a limit is used, and how much nodes hold besides. */
export function QuotaBar({ label, unit, use, alertPercent }: QuotaBarProps) {
  const { t } = useTranslation();
  const { used, promised, limit, state } = use;
  const share = (amount: number) => `${limit === 0 ? 100 : Math.min(100, (amount / limit) * 100)}%`;
  const text = t('quota.usedOf', { used: formatAmount(unit, used), limit: formatAmount(unit, limit) });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot show two parts
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(100, use.percent)}
      aria-valuetext={`${text}, ${formatPercent(use.percent)}`}
      className="relative h-2 overflow-hidden rounded-sm bg-line"
    >
      <i className={`absolute inset-y-0 left-0 opacity-35 ${colours[state]}`} style={{ width: share(used + promised) }} />
      <i className={`absolute inset-y-0 left-0 ${colours[state]}`} style={{ width: share(used) }} />
      {alertPercent === undefined || alertPercent >= 100 ? null : (
        <i className="absolute inset-y-0 w-px bg-ink-3" style={{ left: `${alertPercent}%` }} />
      )}
    </div>
  );
}
