import type { Statement } from '@aicarpool/shared-protocol/console';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGroups } from '../../../lib/queries/use-groups.ts';
import { Button } from '../../../ui/button.tsx';
import { ConfirmDialog } from '../../../ui/overlay/confirm-dialog.tsx';
import { Page } from '../../../ui/page.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { isAdmin, useMe } from '../../identity/session.tsx';
import { FixedCostsPanel } from './fixed-costs-panel.tsx';
import { MembersTable } from './members-table.tsx';
import { SettledNote } from './settled-note.tsx';
import { StatementFigures } from './statement-figures.tsx';
import { StatementState } from './statement-state.tsx';
import { useChange, useMonths, useStatement } from './use-statement.ts';

const box = 'h-8 rounded-md border border-line-strong bg-panel px-2 text-[13px] max-md:h-11 print:border-0';

/** Who used what in a month, and what each pays; group and month stand in the address. Made to be printed. */
export function StatementsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/statements' });
  const navigate = useNavigate({ from: '/statements' });
  const { data: me } = useMe();
  const groups = useGroups();
  const list = groups.data;
  const groupId = search.group ?? list?.groups[0]?.id;
  const months = useMonths(groupId);
  const month = search.month ?? months.data?.statements[0]?.month;
  const { data: statement, error, refetch } = useStatement(groupId, month);
  const canChange = (me && isAdmin(me)) || list?.groups.find(({ id }) => id === groupId)?.role === 'manager';
  if (list && groupId === undefined) return <Page title={t('nav.statements')}>{t('group.none')}</Page>;
  return (
    <Page
      title={t('nav.statements')}
      actions={
        <>
          <Choice
            label={t('group.one')}
            value={groupId}
            options={(list?.groups ?? []).map(({ id, name }) => [id, name])}
            onChange={(group) => void navigate({ search: { group } })}
          />
          <Choice
            label={t('statement.month')}
            value={month}
            options={(months.data?.statements ?? []).map((one) => [one.month, one.month])}
            onChange={(next) => void navigate({ search: { ...search, month: next } })}
          />
          {statement && groupId ? <Actions groupId={groupId} statement={statement} canClose={canChange === true} /> : null}
        </>
      }
    >
      <ProblemNote error={groups.error} onRetry={() => void groups.refetch()} />
      <ProblemNote error={months.error} onRetry={() => void months.refetch()} />
      <ProblemNote error={error} onRetry={() => void refetch()} />
      {statement ? <Sheet statement={statement} /> : null}
      {groupId && month ? <FixedCostsPanel groupId={groupId} month={month} canChange={canChange === true} /> : null}
    </Page>
  );
}

function Sheet({ statement }: { statement: Statement }) {
  return (
    <>
      <div className="flex flex-wrap items-center gap-4 text-[13px] text-ink-2">
        <StatementState status={statement.status} />
        <SettledNote statement={statement} />
      </div>
      <StatementFigures statement={statement} />
      <MembersTable statement={statement} />
    </>
  );
}

type Option = readonly [value: string, name: string];

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={({ target }) => onChange(target.value)} className={box}>
      {options.map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  );
}

interface ActionsProps {
  readonly groupId: string;
  readonly statement: Statement;
  readonly canClose: boolean;
}

function Actions({ groupId, statement, canClose }: ActionsProps) {
  const { t } = useTranslation();
  const [asks, setAsks] = useState(false);
  const { month, status, settled } = statement;
  const close = useChange(groupId, 'POST', `statements/${month}/close`, () => setAsks(false));
  const csv = `/api/v1/carpool/groups/${groupId}/statements/${month}/csv`;
  return (
    <span className="flex flex-wrap items-center gap-2 print:hidden">
      <a href={csv} download className="px-2 text-[13px] text-accent hover:underline">
        {t('statement.csv')}
      </a>
      <a href={`${csv}?detail=models`} download className="px-2 text-[13px] text-accent hover:underline">
        {t('statement.csvModels')}
      </a>
      <Button onClick={() => window.print()}>{t('statement.print')}</Button>
      {canClose && status === 'ended' ? (
        <Button kind="primary" onClick={() => setAsks(true)}>
          {t('statement.close')}
        </Button>
      ) : null}
      {asks ? (
        <ConfirmDialog
          title={t('statement.closeTitle', { month })}
          note={settled.complete ? t('statement.closeNote') : t('statement.closeIncomplete', { count: settled.behind.length })}
          go={t('statement.close')}
          act={close}
          onGo={() => close.mutate({ even_if_incomplete: !settled.complete })}
          onClose={() => setAsks(false)}
        />
      ) : null}
    </span>
  );
}
