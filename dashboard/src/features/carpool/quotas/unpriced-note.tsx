import type { UnpricedUse } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { Glyph } from '../../../ui/glyph.tsx';

const mostNamed = 3;

/** Says which models quotas in dollars do not see. */
export function UnpricedNote({ unpriced }: { unpriced: readonly UnpricedUse[] }) {
  const { t, i18n } = useTranslation();
  if (unpriced.length === 0) return null;
  const named = unpriced.slice(0, mostNamed).map(({ model, requests }) => t('quota.unpriced.model', { model, count: requests }));
  const more = unpriced.length - named.length;
  const models = [...named, ...(more > 0 ? [t('quota.unpriced.more', { count: more })] : [])];
  return (
    <div role="status" className="flex items-baseline gap-2 rounded-md border border-line bg-panel px-3 py-2 text-[13px]">
      <Glyph state="partial" />
      <p className="min-w-0 flex-1">
        {t('quota.unpriced.says', { models: new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(models) })}
      </p>
    </div>
  );
}
