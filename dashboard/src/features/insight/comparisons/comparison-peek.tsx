import type { ComparedLine, ProviderComparison } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatExact } from '../../../lib/format.ts';
import { Status } from '../../../ui/glyph.tsx';
import { type Fact, Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { type Difference, formatAmountOf, formatShare, type Measure, stateOfDifference } from './difference-words.ts';
import { spanOf } from './span-of.ts';
import { type ListedComparison, useComparison } from './use-comparisons.ts';

interface ComparisonPeekProps {
  readonly groupId: string;
  readonly listed: ListedComparison;
  readonly account: string;
  readonly onClose: () => void;
}

/** One comparison: the totals, then day by day and model by model. */
export function ComparisonPeek({ groupId, listed, account, onClose }: ComparisonPeekProps) {
  const { t } = useTranslation();
  const { data, error } = useComparison(groupId, listed.id);
  const { totals } = listed;
  const facts: Fact[] = [
    [t('compare.account'), account],
    [t('compare.format'), t(`compare.formats.${listed.format}`)],
    [t('usage.requests'), formatExact(totals.requests)],
    [t('audit.lost'), formatExact(totals.lost_requests)],
  ];
  return (
    <Peek title={`${listed.service_name} · ${spanOf(listed)}`} note={t('compare.utc')} onClose={onClose}>
      <ProblemNote error={error} />
      {totals.tokens ? <Total title={t('usage.tokens')} of="tokens" said={totals.tokens} /> : null}
      {totals.cost_usd ? <Total title={t('usage.cost')} of="cost_usd" said={totals.cost_usd} /> : null}
      <Facts facts={facts} />
      {data ? <Lines comparison={data} /> : null}
    </Peek>
  );
}

function Total({ title, of, said }: { title: string; of: Measure; said: Difference }) {
  const { t } = useTranslation();
  const facts: Fact[] = [
    [t('compare.theirs'), formatAmountOf(of, said.theirs)],
    [t('compare.ours'), formatAmountOf(of, said.ours)],
    [t('compare.difference'), `${formatAmountOf(of, said.difference)} (${formatShare(said.difference_percent)})`],
    [t('compare.estimated'), formatAmountOf(of, said.estimated)],
    [
      t('compare.unknown'),
      <Status key="unknown" state={stateOfDifference(said)}>
        {formatAmountOf(of, said.unknown)}
      </Status>,
    ],
  ];
  return (
    <Part title={title}>
      <Facts facts={facts} />
    </Part>
  );
}

function Lines({ comparison }: { comparison: ProviderComparison }) {
  const { t } = useTranslation();
  const measures = (['tokens', 'cost_usd'] as const).filter((one) => comparison.totals[one] !== null);
  const [chosen, setChosen] = useState<Measure>();
  const measure = chosen ?? measures[0] ?? 'tokens';
  const name: Record<Measure, string> = { tokens: t('usage.tokens'), cost_usd: t('usage.cost') };
  return (
    <Part title={t('compare.lines')}>
      {measures.length > 1 ? (
        <div>
          <Segmented
            label={t('compare.measure')}
            value={measure}
            options={measures.map((value) => ({ value, label: name[value] }))}
            onChange={setChosen}
          />
        </div>
      ) : null}
      <div className="overflow-hidden rounded-md border border-line">
        <Table
          tight
          label={t('compare.lines')}
          rows={comparison.lines}
          rowKey={({ date, model }) => `${date} ${model}`}
          empty={t('usage.none')}
          columns={lineColumns(t, measure)}
        />
      </div>
    </Part>
  );
}

function lineColumns(t: TFunction, measure: Measure): Column<ComparedLine>[] {
  const amount = (of: 'theirs' | 'ours' | 'difference' | 'estimated'): Column<ComparedLine> => ({
    key: of,
    title: t(of === 'estimated' ? 'compare.estimatedShort' : `compare.${of}`),
    numeric: true,
    cell: (line) => (line[measure] ? formatAmountOf(measure, line[measure][of]) : '—'),
  });
  return [
    { key: 'date', title: t('compare.day'), cell: ({ date }) => date },
    {
      key: 'model',
      title: t('usage.model'),
      cell: ({ model, our_models }) => <span title={our_models.join(', ')}>{model || t('compare.everyModel')}</span>,
    },
    amount('theirs'),
    amount('ours'),
    amount('difference'),
    amount('estimated'),
    {
      key: 'unknown',
      title: t('compare.unknown'),
      numeric: true,
      cell: (line) => {
        const said = line[measure];
        return said ? <Status state={stateOfDifference(said)}>{formatAmountOf(measure, said.unknown)}</Status> : '—';
      },
    },
  ];
}
