import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { formatCount, formatMs, formatPercent, formatUsd } from '../../lib/format.ts';
import { useGroups } from '../../lib/queries/use-groups.ts';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Table } from '../../ui/table.tsx';
import { isAdmin, useMe } from '../identity/session.tsx';
import { ByMember } from './by-member.tsx';
import { UsageView } from './usage-view.tsx';
import { useStats } from './use-stats.ts';

/** Usage of one group; which one, and which days, stands in the address. */
export function UsagePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/stats' });
  const navigate = useNavigate({ from: '/stats' });
  const range = search.range ?? '7d';
  const { data: me } = useMe();
  const { data, error, refetch } = useGroups();
  const groupId = search.group ?? data?.groups[0]?.id;
  const maySeeAll = (me && isAdmin(me)) || data?.groups.find(({ id }) => id === groupId)?.role === 'manager';
  if (data && groupId === undefined) return <Empty />;
  if (groupId === undefined) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  return (
    <UsageView
      title={t('nav.usage')}
      groupId={groupId}
      range={range}
      onRange={(next) =>
        void navigate({ search: { ...search, ...(next === '7d' ? { range: undefined } : { range: next }) } as typeof search })
      }
      filter={
        <select
          aria-label={t('group.one')}
          value={groupId}
          onChange={({ target }) => void navigate({ search: { ...search, group: target.value } })}
          className="h-8 rounded-md border border-line-strong bg-panel px-2 text-[13px] max-md:h-11"
        >
          {data?.groups.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      }
    >
      <Models groupId={groupId} range={range} />
      {maySeeAll ? <ByMember groupId={groupId} range={range} /> : null}
    </UsageView>
  );
}

function Models({ groupId, range }: { groupId: string; range: '24h' | '7d' | '30d' }) {
  const { t } = useTranslation();
  const { report } = useStats(groupId, range);
  if (!report) return null;
  return (
    <Panel title={t('usage.byModel')}>
      <Table
        label={t('usage.byModel')}
        rows={report.by_model}
        rowKey={({ model }) => model}
        empty={t('usage.none')}
        columns={[
          { key: 'model', title: t('usage.model'), cell: ({ model }) => <span className="font-medium">{model}</span> },
          { key: 'requests', title: t('usage.requests'), numeric: true, cell: ({ requests }) => formatCount(requests) },
          { key: 'tokens', title: t('usage.tokens'), numeric: true, cell: ({ tokens }) => formatCount(tokens) },
          { key: 'cost', title: t('usage.cost'), numeric: true, cell: ({ cost }) => formatUsd(cost) },
          { key: 'success', title: t('usage.success'), numeric: true, cell: (row) => formatPercent(row.success_rate) },
          { key: 'p50', title: t('usage.time'), numeric: true, cell: (row) => formatMs(row.p50_response_time_ms) },
        ]}
      />
    </Panel>
  );
}

function Empty() {
  const { t } = useTranslation();
  return <p className="p-8 text-center text-ink-2">{t('group.none')}</p>;
}
