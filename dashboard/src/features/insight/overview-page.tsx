import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { UsageView } from './usage-view.tsx';
import type { Range } from './use-stats.ts';

export function OverviewPage() {
  const { t } = useTranslation();
  const [range, setRange] = useState<Range>('7d');
  return <UsageView title={t('nav.overview')} groupId={undefined} range={range} onRange={setRange} />;
}
