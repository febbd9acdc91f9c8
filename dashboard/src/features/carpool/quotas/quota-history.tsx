import type { QuotaChangeEntry } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../../lib/format.ts';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { countsOf, formatAmount, whoseOf } from './quota-words.ts';
import { useQuotaHistory } from './use-quotas.ts';

/** Who changed which limit, when and why; newest first. */
export function QuotaHistory({ groupId, quotaId }: { groupId: string; quotaId?: string }) {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useQuotaHistory(groupId, quotaId);
  if (!data) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  if (data.changes.length === 0) return <p className="px-4 py-3 text-[13px] text-ink-2">{t('quota.noHistory')}</p>;
  return (
    <ol className="text-[13px]">
      {data.changes.map((change) => (
        <li
          key={change.id}
          className={`flex flex-wrap gap-x-3 gap-y-0.5 border-line border-b py-2 last:border-b-0 ${quotaId === undefined ? 'px-4' : ''}`}
        >
          <time dateTime={change.at} title={change.at} className="w-24 shrink-0 text-ink-3">
            {formatRelative(change.at, i18n.language, Date.now())}
          </time>
          <div className="min-w-0 flex-1">
            {quotaId === undefined ? (
              <p className="text-ink-2">
                {whoseOf(t, change)} · {countsOf(t, change)}
              </p>
            ) : null}
            <p>{wordsOf(t, change)}</p>
            {change.reason ? <p className="text-ink-2">{t('quota.because', { reason: change.reason })}</p> : null}
          </div>
          <span className="text-ink-2">{change.by.kind === 'user' ? change.by.name : t('quota.system')}</span>
        </li>
      ))}
    </ol>
  );
}

function wordsOf(t: TFunction, { before, after, unit }: QuotaChangeEntry): string {
  if (!after) return t('quota.wasRemoved', { before: formatAmount(unit, before?.limit ?? 0) });
  if (!before) return t('quota.wasSet', { after: formatAmount(unit, after.limit) });
  if (before.limit === after.limit) return t('quota.termsChanged', { after: formatAmount(unit, after.limit) });
  return t('quota.wasChanged', { before: formatAmount(unit, before.limit), after: formatAmount(unit, after.limit) });
}
