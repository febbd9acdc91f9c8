import type { AuditedBook, LedgerAudit } from '@aicarpool/shared-protocol/console';
import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount, formatExact, formatRelative } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { NameButton } from '../../../ui/name-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { BookPeek } from './book-peek.tsx';
import { BookState, Outcome } from './book-state.tsx';

function bookColumns(t: TFunction, language: string, nowMs: number, open: (book: AuditedBook) => void): Column<AuditedBook>[] {
  const when = (at: string | null) =>
    at === null ? (
      '—'
    ) : (
      <time dateTime={at} title={at}>
        {formatRelative(at, language, nowMs)}
      </time>
    );
  return [
    {
      key: 'name',
      title: t('node.name'),
      cell: (book) => (
        <div className="pb-1">
          <NameButton name={book.node_name} onClick={() => open(book)} />
          <code className="block font-mono text-ink-3 text-xs">…{book.id.slice(-8)}</code>
        </div>
      ),
    },
    { key: 'state', title: t('group.status'), cell: ({ state }) => <BookState state={state} /> },
    { key: 'rows', title: t('audit.rowsTitle'), numeric: true, cell: ({ rows }) => formatExact(rows) },
    { key: 'settled', title: t('audit.settledTo'), cell: ({ settled_at }) => when(settled_at) },
    { key: 'unsettled', title: t('audit.unsettled'), numeric: true, cell: ({ unsettled }) => formatCount(unsettled) },
    { key: 'unproved', title: t('audit.unprovedTitle'), numeric: true, cell: ({ unproved }) => formatCount(unproved) },
    { key: 'found', title: t('audit.found'), cell: (book) => <Found book={book} /> },
    {
      key: 'proof',
      title: t('audit.lastProof'),
      cell: ({ last_proof, reading }) =>
        last_proof ? (
          <div className="pb-1">
            <Outcome outcome={last_proof.outcome} />
            <span className="block text-ink-3 text-xs">{when(last_proof.answered_at)}</span>
          </div>
        ) : (
          <span className="text-ink-3">{t(reading ? 'audit.isReading' : 'audit.never')}</span>
        ),
    },
  ];
}

/** What is wrong with a book, or that nothing is. */
function Found({ book }: { book: AuditedBook }) {
  const { t } = useTranslation();
  const bad = [
    ...(book.differing > 0 ? [t('audit.differences', { count: book.differing })] : []),
    ...(book.differs_since ? [t('audit.budgetsDiffer')] : []),
  ];
  const lacking = [
    ...(book.without_detail > 0 ? [t('audit.withoutDetail', { count: book.without_detail })] : []),
    ...(book.missing > 0 ? [t('audit.missing', { count: book.missing })] : []),
    ...(book.late > 0 ? [t('audit.late', { count: book.late })] : []),
  ];
  if (bad.length + lacking.length === 0) return <Status state="ok">{t('audit.nothing')}</Status>;
  return <Status state={bad.length > 0 ? 'bad' : 'partial'}>{[...bad, ...lacking].join(' · ')}</Status>;
}

export function BooksPanel({ books, pagination }: Pick<LedgerAudit, 'books' | 'pagination'>) {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const [open, setOpen] = useState<AuditedBook>();
  const pages = Math.max(1, Math.ceil(pagination.total / pagination.limit));
  const go = (page: number) => void navigate({ to: '/admin/audit', search: page === 1 ? {} : { page } });
  return (
    <Panel
      title={t('audit.books')}
      aside={
        pages > 1 ? (
          <span className="flex items-center gap-2 text-[13px]">
            <Button disabled={pagination.page === 1} onClick={() => go(pagination.page - 1)}>
              {t('audit.before')}
            </Button>
            {`${pagination.page} / ${pages}`}
            <Button disabled={pagination.page >= pages} onClick={() => go(pagination.page + 1)}>
              {t('audit.after')}
            </Button>
          </span>
        ) : null
      }
    >
      <Table
        label={t('audit.books')}
        rows={books}
        rowKey={({ id }) => id}
        empty={t('audit.none')}
        columns={bookColumns(t, i18n.language, Date.now(), setOpen)}
      />
      {open ? <BookPeek book={open} onClose={() => setOpen(undefined)} /> : null}
    </Panel>
  );
}
