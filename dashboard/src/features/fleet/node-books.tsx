import type { FleetNodeDetail, NodeLossView } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatBound, formatCount, formatExact, formatRelative, formatUsd } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { type State, Status } from '../../ui/glyph.tsx';
import { type Fact, Facts } from '../../ui/overlay/facts.tsx';
import { Part } from '../../ui/overlay/part.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { ForgetDialog } from './forget-dialog.tsx';
import { useNodeLoss } from './use-node-change.ts';

type Book = NodeLossView['books'][number];
const states: Record<Book['state'], State> = { open: 'ok', presumed: 'partial', condemned: 'bad', closed: 'off' };

function bookColumns(t: TFunction, language: string, when: (at: string | null) => string): Column<Book>[] {
  return [
    {
      key: 'id',
      title: t('node.file'),
      cell: ({ id }) => <code className="font-mono text-xs">…{id.slice(-8)}</code>,
    },
    {
      key: 'state',
      title: t('group.status'),
      cell: ({ state }) => <Status state={states[state]}>{t(`node.bookIs.${state}`)}</Status>,
    },
    { key: 'settled', title: t('node.settledTo'), cell: ({ settled_at }) => when(settled_at) },
    {
      key: 'known',
      title: t('node.rowsKnown'),
      numeric: true,
      cell: ({ known_seq, settled_to }) => formatExact(Math.max(0, known_seq - settled_to)),
    },
    { key: 'tokens', title: t('usage.tokens'), numeric: true, cell: (book) => formatCount(book.tokens_at_most) },
    { key: 'cost', title: t('usage.cost'), numeric: true, cell: (book) => formatUsd(book.usd_at_most) },
    { key: 'until', title: t('node.rightsUntil'), cell: ({ rights_until: until }) => formatBound(until, language, Date.now()) },
  ];
}

/** How far a node has settled, and how much it may have used since that nobody knows of. */
export function NodeBooks({ node }: { node: FleetNodeDetail }) {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useNodeLoss(node.node_id);
  const [forgets, setForgets] = useState(false);
  const when = (at: string | null) => (at === null ? t('node.nothingSettled') : formatRelative(at, i18n.language, Date.now()));
  const mayForget = data?.books.some(({ state }) => state === 'open' || state === 'presumed');
  const facts = (loss: NodeLossView): Fact[] => [
    [t('node.settledTo'), when(loss.settled_at)],
    [t('node.atMost'), t('node.atMostIs', { tokens: formatCount(loss.tokens_at_most), cost: formatUsd(loss.usd_at_most) })],
  ];
  return (
    <Part title={t('node.ledger')}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      {data ? (
        <>
          <Facts facts={facts(data)} />
          <div className="overflow-hidden rounded-md border border-line">
            <Table
              tight
              label={t('node.ledger')}
              rows={data.books}
              rowKey={({ id }) => id}
              empty={t('node.noBooks')}
              columns={bookColumns(t, i18n.language, when)}
            />
          </div>
          {mayForget ? (
            <Button kind="danger" className="self-start" onClick={() => setForgets(true)}>
              {t('node.forget')}
            </Button>
          ) : null}
          {forgets ? <ForgetDialog node={node} loss={data} onClose={() => setForgets(false)} /> : null}
        </>
      ) : null}
    </Part>
  );
}
