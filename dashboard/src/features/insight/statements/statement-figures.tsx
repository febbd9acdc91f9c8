import type { Statement } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatCount, formatMoney } from '../../../lib/format.ts';
import { type Figure, Figures } from '../../../ui/chart/figures.tsx';
import { Panel } from '../../../ui/panel.tsx';

/** What a month comes to, and what it is made of. */
export function StatementFigures({ statement }: { statement: Statement }) {
  const { t } = useTranslation();
  const { totals } = statement;
  const figures: Figure[] = [
    { name: t('statement.total'), value: formatMoney(totals.total_usd), note: statement.time_zone },
    {
      name: t('statement.measured'),
      value: formatMoney(totals.measured_usd),
      note: t('statement.estimated', { cost: formatMoney(totals.estimated_usd) }),
    },
    {
      name: t('statement.fixed'),
      value: formatMoney(totals.fixed_usd),
      note: statement.fixed_costs.map(({ name }) => name).join(', ') || t('statement.noFixed'),
    },
    {
      name: t('usage.tokens'),
      value: formatCount(totals.tokens.total),
      note: t('statement.requests', { count: totals.requests }),
    },
  ];
  return (
    <Panel>
      <Figures figures={figures} />
    </Panel>
  );
}
