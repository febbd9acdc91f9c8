import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { Tabs } from '../../../ui/tabs.tsx';
import { isAdmin, useMe } from '../../identity/session.tsx';
import { BooksPanel } from './books-panel.tsx';
import { GroupPart } from './group-part.tsx';
import { InvariantsPanel } from './invariants-panel.tsx';
import { LedgerSummary } from './ledger-summary.tsx';
import { useCheck, useLedger } from './use-ledger.ts';

/** Whether the books add up: all of them for administrators, those of a group for who manages it. */
export function AuditPage() {
  const { t } = useTranslation();
  const { tab = 'books' } = useSearch({ from: '/admin/audit' });
  const navigate = useNavigate();
  const { data: me } = useMe();
  const check = useCheck();
  const seesAll = me !== undefined && me !== null && isAdmin(me);
  const shown = seesAll ? tab : 'group';
  return (
    <Page
      title={t('nav.audit')}
      actions={
        seesAll && shown === 'books' ? (
          <Button disabled={check.isPending} onClick={() => check.mutate()}>
            {t('audit.check')}
          </Button>
        ) : null
      }
    >
      {seesAll ? (
        <Tabs
          label={t('audit.parts')}
          value={shown}
          options={[
            { value: 'books', label: t('audit.all') },
            { value: 'group', label: t('audit.group') },
          ]}
          onChange={(value) => void navigate({ to: '/admin/audit', search: value === 'books' ? {} : { tab: value } })}
        />
      ) : null}
      <ProblemNote error={check.error} />
      {check.data ? (
        <p aria-live="polite" className="text-[13px] text-ink-2">
          {t('audit.asked', { count: check.data.asked })}
        </p>
      ) : null}
      {shown === 'books' ? <AllBooks /> : <GroupPart />}
    </Page>
  );
}

function AllBooks() {
  const { tab: _, page = 1 } = useSearch({ from: '/admin/audit' });
  const { t } = useTranslation();
  const { data, error, refetch } = useLedger(page);
  if (!data) return error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : <p>{t('action.loading')}</p>;
  return (
    <>
      <LedgerSummary audit={data} />
      <BooksPanel books={data.books} pagination={data.pagination} />
      <InvariantsPanel results={data.invariants} askedAt={data.invariants_at} />
    </>
  );
}
