import type { AiService } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';

type Dialect = keyof AiService['dialects'];

/** The formats that a service speaks, without translation. */
export function Formats({ dialects }: Pick<AiService, 'dialects'>) {
  const { t } = useTranslation();
  return (
    <span className="flex flex-wrap gap-1">
      {(Object.keys(dialects) as Dialect[]).map((dialect) => (
        <span key={dialect} className="rounded-sm bg-raised px-1.5 text-ink-2 text-xs leading-5">
          {t(`dialect.${dialect}`)}
        </span>
      ))}
    </span>
  );
}
