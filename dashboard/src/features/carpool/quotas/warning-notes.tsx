import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { Glyph } from '../../../ui/glyph.tsx';
import { quotaWarningText } from './quota-warnings.ts';
import { useQuotaWarnings } from './use-quotas.ts';

/** What the last change of quotas made that may not be meant, until the reader has seen it. */
export function WarningNotes({ groupId }: { groupId: string }) {
  const { t } = useTranslation();
  const { warnings, forget } = useQuotaWarnings(groupId);
  if (warnings.length === 0) return null;
  return (
    <div role="status" className="flex items-start gap-2 rounded-md border border-line bg-panel px-3 py-2 text-[13px]">
      <ul className="flex min-w-0 flex-1 flex-col gap-1 py-1">
        {warnings.map((warning) => (
          <li key={warning.message} className="flex items-baseline gap-2">
            <Glyph state="partial" />
            <span className="min-w-0 break-words">{quotaWarningText(t, warning)}</span>
          </li>
        ))}
      </ul>
      <Button onClick={forget}>{t('quota.warning.seen')}</Button>
    </div>
  );
}
