import { useTranslation } from 'react-i18next';
import { ApiError } from '../lib/api.ts';
import { Button } from './button.tsx';
import { Glyph } from './glyph.tsx';

/** Says what went wrong, in the language of the page where the code is known, and what can be done. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t, i18n } = useTranslation();
  if (!(error instanceof Error)) return null;
  const code = error instanceof ApiError ? error.code : 'unknown';
  const sentence = i18n.exists(`problem.${code}`) ? t(`problem.${code}`) : error.message;
  return (
    <div
      role="alert"
      className="flex flex-wrap items-center gap-2 rounded-md border border-line bg-bad-soft px-3 py-2 text-[13px]"
    >
      <Glyph state="bad" />
      <span className="min-w-0 flex-[1_1_10rem]">{sentence}</span>
      {error instanceof ApiError && error.requestId ? (
        <code className="font-mono text-ink-2 text-xs">{error.requestId}</code>
      ) : null}
      {onRetry ? <Button onClick={onRetry}>{t('action.retry')}</Button> : null}
    </div>
  );
}
