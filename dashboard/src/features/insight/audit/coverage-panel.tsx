import type { GroupLedgerAudit } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { formatExact, formatPercent, formatRelative, formatUsd } from '../../../lib/format.ts';
import { Status } from '../../../ui/glyph.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { useGroupLedger } from './use-ledger.ts';

/** How much of a group is in the books, and how sure that is. */
export function CoveragePanel({ groupId }: { groupId: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useGroupLedger(groupId);
  return (
    <Panel title={t('audit.coverage')}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      {data ? <Coverage audit={data} /> : null}
    </Panel>
  );
}

function Coverage({ audit }: { audit: GroupLedgerAudit }) {
  const { t, i18n } = useTranslation();
  const { estimated, lost } = audit;
  const sentence = [
    t('audit.rows', { count: audit.rows, shown: formatExact(audit.rows) }),
    formatUsd(audit.cost_usd),
    t('audit.nodes', { count: audit.nodes.length }),
  ].join(t('audit.comma'));
  return (
    <>
      <div className="flex flex-col gap-1.5 border-line border-b px-4 py-3 text-[13px]">
        <p className="font-semibold text-base">{sentence}</p>
        <p>
          <Status state={audit.agrees ? 'ok' : 'bad'}>{t(audit.agrees ? 'audit.agrees' : 'audit.agreesNot')}</Status>
        </p>
        <p className="text-ink-2">
          {t('audit.groupEstimated', {
            percent: formatPercent(estimated.percent),
            tokens: formatPercent(estimated.tokens_percent),
            cost: formatUsd(estimated.cost_usd),
            lost: formatExact(lost.requests),
          })}
        </p>
      </div>
      <Table
        label={t('audit.coverage')}
        rows={audit.nodes}
        rowKey={({ node_id }) => node_id}
        empty={t('audit.none')}
        columns={nodeColumns(t, i18n.language)}
      />
    </>
  );
}

function nodeColumns(t: TFunction, language: string): Column<GroupLedgerAudit['nodes'][number]>[] {
  return [
    { key: 'name', title: t('node.name'), cell: ({ node_name }) => <span className="font-medium">{node_name}</span> },
    { key: 'rows', title: t('audit.rowsTitle'), numeric: true, cell: ({ rows }) => formatExact(rows) },
    {
      key: 'settled',
      title: t('audit.settledTo'),
      cell: ({ settled_at: at }) => (at === null ? '—' : formatRelative(at, language, Date.now())),
    },
    { key: 'unsettled', title: t('audit.unsettled'), numeric: true, cell: ({ unsettled }) => formatExact(unsettled) },
    {
      key: 'proved',
      title: t('audit.proved'),
      numeric: true,
      cell: (node) => formatPercent(node.settled_at === null ? null : node.proved_percent),
    },
    {
      key: 'found',
      title: t('audit.found'),
      cell: ({ differing, without_detail }) => (
        <Status state={differing > 0 ? 'bad' : without_detail > 0 ? 'partial' : 'ok'}>
          {differing > 0
            ? t('audit.differences', { count: differing })
            : without_detail > 0
              ? t('audit.withoutDetail', { count: without_detail })
              : t('audit.nothing')}
        </Status>
      ),
    },
  ];
}
