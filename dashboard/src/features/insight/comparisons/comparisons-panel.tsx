import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { NameButton } from '../../../ui/name-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, NoRows, Table } from '../../../ui/table.tsx';
import { CompareDialog } from './compare-dialog.tsx';
import { ComparisonPeek } from './comparison-peek.tsx';
import { type Difference, formatAmountOf, formatShare, type Measure, stateOfDifference } from './difference-words.ts';
import { spanOf } from './span-of.ts';
import { type ListedComparison, useAccounts, useComparisons } from './use-comparisons.ts';

/** What providers said they counted, beside the books: comparisons that were made, and a new one. */
export function ComparisonsPanel({ groupId }: { groupId: string }) {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useComparisons(groupId);
  const names = new Map(useAccounts(groupId).data?.upstream_accounts.map(({ id, name }) => [id, name]));
  const [open, setOpen] = useState<ListedComparison>();
  const [compares, setCompares] = useState(false);
  const accountOf = ({ upstream_id: id }: ListedComparison) => (id === null ? t('compare.everyAccount') : (names.get(id) ?? id));
  return (
    <Panel title={t('compare.title')} aside={<Button onClick={() => setCompares(true)}>{t('compare.new')}</Button>}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Table
        label={t('compare.title')}
        rows={data?.comparisons ?? []}
        rowKey={({ id }) => id}
        empty={<NoRows data={data} error={error} none={t('compare.none')} />}
        columns={columns(t, i18n.language, accountOf, setOpen)}
      />
      {open ? (
        <ComparisonPeek groupId={groupId} listed={open} account={accountOf(open)} onClose={() => setOpen(undefined)} />
      ) : null}
      {compares ? (
        <CompareDialog
          groupId={groupId}
          onClose={() => setCompares(false)}
          onMade={(made) => {
            setCompares(false);
            setOpen(made);
          }}
        />
      ) : null}
    </Panel>
  );
}

function columns(
  t: TFunction,
  language: string,
  accountOf: (one: ListedComparison) => string,
  open: (one: ListedComparison) => void,
): Column<ListedComparison>[] {
  return [
    {
      key: 'service',
      title: t('usage.service'),
      cell: (one) => <NameButton name={one.service_name} onClick={() => open(one)} />,
    },
    { key: 'account', title: t('compare.account'), cell: accountOf },
    { key: 'span', title: t('compare.span'), cell: spanOf },
    {
      key: 'tokens',
      title: t('usage.tokens'),
      numeric: true,
      cell: ({ totals }) => <Short of="tokens" said={totals.tokens} />,
    },
    {
      key: 'cost',
      title: t('usage.cost'),
      numeric: true,
      cell: ({ totals }) => <Short of="cost_usd" said={totals.cost_usd} />,
    },
    {
      key: 'at',
      title: t('compare.made'),
      cell: ({ imported_at: at }) => (
        <time dateTime={at} title={at}>
          {formatRelative(at, language, Date.now())}
        </time>
      ),
    },
  ];
}

function Short({ of, said }: { of: Measure; said: Difference | null }) {
  if (!said) return '—';
  return (
    <Status state={stateOfDifference(said)}>
      {`${formatAmountOf(of, said.difference)} (${formatShare(said.difference_percent)})`}
    </Status>
  );
}
