import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatCount, formatPercent, formatUsd } from '../../lib/format.ts';
import { groupQuery } from '../../lib/queries/use-groups.ts';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { NoRows, Table } from '../../ui/table.tsx';
import { type Range, useMemberUsage } from './use-stats.ts';

/** Who used how much; managers and administrators only. */
export function ByMember({ groupId, range }: { groupId: string; range: Range }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useMemberUsage(groupId, range);
  const { data: group } = useQuery(groupQuery(groupId));
  const names = new Map(group?.members.map(({ id, name, email }) => [id, name || email]));
  return (
    <Panel title={t('usage.byMember')}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Table
        label={t('usage.byMember')}
        rows={data?.by_user ?? []}
        rowKey={({ user_id }) => user_id}
        empty={<NoRows data={data} error={error} none={t('usage.none')} />}
        columns={[
          {
            key: 'member',
            title: t('usage.member'),
            cell: ({ user_id }) => <span className="font-medium">{names.get(user_id) ?? user_id}</span>,
          },
          { key: 'requests', title: t('usage.requests'), numeric: true, cell: ({ requests }) => formatCount(requests) },
          { key: 'tokens', title: t('usage.tokens'), numeric: true, cell: ({ tokens }) => formatCount(tokens) },
          { key: 'cost', title: t('usage.cost'), numeric: true, cell: ({ cost }) => formatUsd(cost) },
          { key: 'success', title: t('usage.success'), numeric: true, cell: (row) => formatPercent(row.success_rate) },
        ]}
      />
    </Panel>
  );
}
