import type { MemberStatement } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatCount, formatMoney } from '../../../lib/format.ts';
import { type Fact, Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { Table } from '../../../ui/table.tsx';

/** What one member pays, and what it is made of. */
export function MemberPeek({ member, onClose }: { member: MemberStatement; onClose: () => void }) {
  const { t } = useTranslation();
  const facts: Fact[] = [
    [t('statement.total'), formatMoney(member.total_usd)],
    [
      t('statement.measured'),
      `${formatMoney(member.measured_usd)} (${t('statement.estimated', { cost: formatMoney(member.estimated_usd) })})`,
    ],
    ...member.fixed.map(({ name, amount_usd }): Fact => [name, formatMoney(amount_usd)]),
    ...member.adjustments.map(({ month, amount_usd }): Fact => [t('statement.adjustmentOf', { month }), formatMoney(amount_usd)]),
    [t('statement.lost'), formatCount(member.lost_requests)],
    [t('statement.unpriced'), formatCount(member.unpriced_requests)],
  ];
  return (
    <Peek title={member.name} note={member.user_id} onClose={onClose}>
      <Facts facts={facts} />
      <Part title={t('usage.byModel')}>
        <Table
          tight
          label={t('usage.byModel')}
          rows={member.lines}
          rowKey={({ service, model }) => `${service} ${model}`}
          empty={t('usage.none')}
          columns={[
            { key: 'model', title: t('usage.model'), cell: ({ model }) => <span className="font-medium">{model}</span> },
            { key: 'service', title: t('usage.service'), cell: ({ service }) => service },
            { key: 'requests', title: t('usage.requests'), numeric: true, cell: ({ requests }) => formatCount(requests) },
            { key: 'tokens', title: t('usage.tokens'), numeric: true, cell: (line) => formatCount(line.total_tokens) },
            { key: 'cost', title: t('usage.cost'), numeric: true, cell: (line) => formatMoney(line.cost_usd) },
          ]}
        />
      </Part>
    </Peek>
  );
}
