import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { HealthState } from '../../../ui/health/health-state.tsx';
import { NameButton } from '../../../ui/name-button.tsx';
import { type Column, NoRows, Table } from '../../../ui/table.tsx';
import { TestButton } from './test-button.tsx';

export interface AccountActs {
  readonly open: (account: UpstreamAccount) => void;
  readonly rest: (account: UpstreamAccount) => void;
  readonly maySignIn: (account: UpstreamAccount) => boolean;
  readonly signIn: (account: UpstreamAccount) => void;
}

interface AccountsTableProps {
  readonly accounts: readonly UpstreamAccount[] | undefined;
  /** Why they are not known. */
  readonly error: unknown;
  /** Says that there are none. */
  readonly empty: string;
  /** Names of groups by id; absent: all are of one group. */
  readonly groups?: ReadonlyMap<string, string>;
  readonly acts: AccountActs;
}

export function AccountsTable({ accounts, error, empty, groups, acts }: AccountsTableProps) {
  const { t } = useTranslation();
  const group: Column<UpstreamAccount> = {
    key: 'group',
    title: t('group.one'),
    cell: ({ group_id }) => groups?.get(group_id) ?? group_id,
  };
  const [name, service, ...others] = accountColumns(t, acts, groups === undefined);
  return (
    <Table
      label={t('upstream.many')}
      rows={accounts ?? []}
      rowKey={({ id }) => id}
      empty={<NoRows data={accounts} error={error} none={empty} />}
      columns={[name, service, groups ? group : undefined, ...others].filter((column) => column !== undefined)}
    />
  );
}

function accountColumns(t: TFunction, acts: AccountActs, isShared: boolean): Column<UpstreamAccount>[] {
  return [
    {
      key: 'name',
      title: t('group.name'),
      cell: (account) => <NameButton name={account.name} onClick={() => acts.open(account)} />,
    },
    { key: 'service', title: t('upstream.service'), cell: (account) => <ServiceOf account={account} isMarked={isShared} /> },
    {
      key: 'secret',
      title: t('upstream.secret'),
      cell: ({ credential_hint }) => <code className="font-mono text-xs">…{credential_hint ?? ''}</code>,
    },
    { key: 'priority', title: t('upstream.priority'), numeric: true, cell: ({ priority }) => priority },
    {
      key: 'status',
      title: t('group.status'),
      cell: ({ status, sign_in }) =>
        sign_in?.state === 'needs_sign_in' ? (
          <Status state="bad">{t('upstream.needsSignIn')}</Status>
        ) : (
          <Status state={status === 'active' ? 'ok' : 'off'}>{t(`upstream.is.${status}`)}</Status>
        ),
    },
    { key: 'health', title: t('health.title'), cell: ({ health }) => <HealthState health={health} /> },
    { key: 'act', title: t('action.what'), cell: (account) => <RowActs account={account} acts={acts} /> },
  ];
}

/** The service; in the list of a group also that the account is one member's own. */
function ServiceOf({ account, isMarked }: { account: UpstreamAccount; isMarked: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      {account.service_name}
      {isMarked && account.owner_id !== null ? <span className="text-ink-3"> · {t('upstream.ofOneMember')}</span> : null}
    </>
  );
}

function RowActs({ account, acts }: { account: UpstreamAccount; acts: AccountActs }) {
  const { t } = useTranslation();
  const { id, group_id, name, status, sign_in } = account;
  return (
    <span className="flex gap-2">
      <TestButton path={`/carpool/groups/${group_id}/upstream-accounts/${id}/test`} name={name} />
      {sign_in?.state === 'needs_sign_in' && acts.maySignIn(account) ? (
        <Button kind="primary" onClick={() => acts.signIn(account)}>
          {t('signIn.short')}
        </Button>
      ) : null}
      <Button onClick={() => acts.rest(account)}>{t(status === 'active' ? 'action.disable' : 'action.enable')}</Button>
    </span>
  );
}
