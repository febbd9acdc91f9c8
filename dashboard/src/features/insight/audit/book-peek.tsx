import type { AuditedBook, AuditedBookDetail, LedgerProof } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatExact, formatRelative, formatUsd } from '../../../lib/format.ts';
import { type Fact, Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { Table } from '../../../ui/table.tsx';
import { BookState, Outcome } from './book-state.tsx';
import { ProofDifference } from './proof-difference.tsx';
import { useBook } from './use-ledger.ts';

/** One ledger file: how far it is settled, what of it was read again, and what came of that. */
export function BookPeek({ book, onClose }: { book: AuditedBook; onClose: () => void }) {
  const { data, error, refetch } = useBook(book.id);
  return (
    <Peek title={book.node_name} note={book.id} onClose={onClose}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <BookFacts book={data ?? book} />
      {data && data.ranges.length > 0 ? <Ranges ranges={data.ranges} /> : null}
      {data ? <Proofs proofs={data.proofs} /> : null}
    </Peek>
  );
}

function BookFacts({ book }: { book: AuditedBook }) {
  const { t, i18n } = useTranslation();
  const when = (at: string | null) => (at === null ? '—' : formatRelative(at, i18n.language, Date.now()));
  const facts: Fact[] = [
    [t('group.status'), <BookState key="state" state={book.state} />],
    [t('audit.rowsTitle'), `${formatExact(book.rows)} · ${formatUsd(book.cost_usd)}`],
    [t('audit.settledTo'), `${formatExact(book.settled_to)} · ${when(book.settled_at)}`],
    [t('audit.unsettled'), formatExact(book.unsettled)],
    [t('audit.heard'), when(book.heard_at)],
    [t('audit.provedTitle'), formatExact(book.proved)],
    [t('audit.unprovedTitle'), formatExact(book.unproved)],
    ...(book.missing > 0 ? [[t('audit.missingTitle'), formatExact(book.missing)] as const] : []),
    ...(book.late > 0 ? [[t('audit.lateTitle'), formatExact(book.late)] as const] : []),
    ...(book.differs_since ? [[t('audit.budgetsDiffer'), when(book.differs_since)] as const] : []),
  ];
  return <Facts facts={facts} />;
}

function Ranges({ ranges }: { ranges: AuditedBookDetail['ranges'] }) {
  const { t } = useTranslation();
  return (
    <Part title={t('audit.ranges')}>
      <div className="overflow-hidden rounded-md border border-line">
        <Table
          tight
          label={t('audit.ranges')}
          rows={ranges}
          rowKey={({ from, to, is }) => `${from}-${to}-${is}`}
          empty=""
          columns={[
            { key: 'from', title: t('audit.range'), cell: ({ from, to }) => `${formatExact(from)} – ${formatExact(to)}` },
            { key: 'count', title: t('audit.rowsTitle'), numeric: true, cell: ({ from, to }) => formatExact(to - from + 1) },
            { key: 'is', title: t('audit.what'), cell: ({ is }) => t(`audit.rangeIs.${is}`) },
          ]}
        />
      </div>
    </Part>
  );
}

function Proofs({ proofs }: { proofs: readonly LedgerProof[] }) {
  const { t, i18n } = useTranslation();
  return (
    <Part title={t('audit.proofs')}>
      <div className="overflow-hidden rounded-md border border-line">
        <Table
          tight
          label={t('audit.proofs')}
          rows={proofs}
          rowKey={({ from, to, answered_at }) => `${from}-${to}-${answered_at}`}
          empty={t('audit.noProofs')}
          columns={[
            { key: 'range', title: t('audit.range'), cell: ({ from, to }) => `${formatExact(from)} – ${formatExact(to)}` },
            { key: 'kind', title: t('audit.kind'), cell: ({ kind }) => t(`audit.kinds.${kind}`) },
            {
              key: 'at',
              title: t('events.at'),
              cell: ({ answered_at: at }) => (
                <time dateTime={at} title={at}>
                  {formatRelative(at, i18n.language, Date.now())}
                </time>
              ),
            },
            { key: 'outcome', title: t('audit.verdict'), cell: ({ outcome }) => <Outcome outcome={outcome} /> },
          ]}
        />
      </div>
      {proofs
        .filter(({ outcome }) => outcome === 'differs')
        .slice(0, 5)
        .map((proof) => (
          <ProofDifference key={`${proof.from}-${proof.answered_at}`} proof={proof} />
        ))}
    </Part>
  );
}
