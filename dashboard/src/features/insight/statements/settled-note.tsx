import type { Statement } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../../lib/format.ts';
import { Status } from '../../../ui/glyph.tsx';

/** How complete the books of a month are; nothing to say of a closed one. */
export function SettledNote({ statement }: { statement: Statement }) {
  const { t, i18n } = useTranslation();
  const { complete, behind } = statement.settled;
  if (statement.status === 'closed') return null;
  if (complete) return <Status state="ok">{t('statement.complete')}</Status>;
  const names = behind
    .slice(0, 5)
    .map(({ node_name, settled_until }) =>
      settled_until === null ? node_name : `${node_name} (${formatRelative(settled_until, i18n.language, Date.now())})`,
    )
    .join(', ');
  return <Status state="partial">{t('statement.behind', { count: behind.length, names })}</Status>;
}
