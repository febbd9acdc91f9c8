import type { InvariantResult } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../../lib/format.ts';
import { Status } from '../../../ui/glyph.tsx';
import { Panel } from '../../../ui/panel.tsx';

/** What has to hold if everything is right, each with what contradicts it. */
export function InvariantsPanel({ results, askedAt }: { results: readonly InvariantResult[]; askedAt: string }) {
  const { t, i18n } = useTranslation();
  return (
    <Panel
      title={t('audit.invariants')}
      aside={
        <time dateTime={askedAt} title={askedAt} className="text-ink-3 text-xs">
          {t('audit.invariantsAt', { when: formatRelative(askedAt, i18n.language, Date.now()) })}
        </time>
      }
    >
      <ul>
        {results.map(({ id, violations, examples }) => (
          <li
            key={id}
            className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-line border-b px-4 py-2 text-[13px] last:border-b-0"
          >
            <span className="min-w-0 flex-1 max-md:basis-full">{t(`audit.is.${id}`)}</span>
            <Status state={violations > 0 ? 'bad' : 'ok'}>
              {violations > 0 ? t('audit.violated', { count: violations }) : t('audit.holds')}
            </Status>
            {examples.length > 0 ? (
              <code className="basis-full whitespace-pre-wrap break-words font-mono text-ink-2 text-xs">
                {examples.join('\n')}
              </code>
            ) : null}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
