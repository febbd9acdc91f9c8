import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../lib/format.ts';
import { Reason } from './reason.tsx';

/** What a node holds against an account, and when it tries it again. */
export function Trouble({ said }: { said: { readonly reason: string | null; readonly until: string | null } }) {
  const { t, i18n } = useTranslation();
  return (
    <span className="flex flex-col leading-4">
      <Reason code={said.reason} />
      {said.until ? (
        <span className="text-ink-3 text-xs">
          {t('health.again', { when: formatRelative(said.until, i18n.language, Date.now()) })}
        </span>
      ) : null}
    </span>
  );
}
