import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { HealthState } from '../group/health-state.tsx';
import { AddUpstreamDialog } from './add-upstream-dialog.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { SignInDialog } from './sign-in-dialog.tsx';
import { TestButton } from './test-button.tsx';

interface UpstreamsPanelProps {
  readonly groupId: string;
  readonly services: readonly string[];
  readonly accounts: readonly UpstreamAccount[] | undefined;
}

interface Acts {
  readonly change: (id: string, status: UpstreamAccount['status']) => void;
  readonly signIn: (account: UpstreamAccount) => void;
}

function upstreamColumns(t: TFunction, acts: Acts): Column<UpstreamAccount>[] {
  return [
    { key: 'name', title: t('group.name'), cell: ({ name }) => <span className="font-medium">{name}</span> },
    { key: 'service', title: t('upstream.service'), cell: ({ service_name }) => service_name },
    {
      key: 'secret',
      title: t('upstream.secret'),
      cell: ({ credential_hint }) => <code className="font-mono text-xs">…{credential_hint ?? ''}</code>,
    },
    { key: 'priority', title: t('upstream.priority'), numeric: true, cell: ({ priority }) => priority },
    {
      key: 'status',
      title: t('group.status'),
      cell: ({ status }) => <Status state={status === 'active' ? 'ok' : 'off'}>{t(`upstream.is.${status}`)}</Status>,
    },
    { key: 'health', title: t('health.title'), cell: ({ health }) => <HealthState health={health} /> },
    {
      key: 'act',
      title: t('action.what'),
      cell: (account) => <AccountActs account={account} acts={acts} />,
    },
  ];
}

function AccountActs({ account, acts }: { account: UpstreamAccount; acts: Acts }) {
  const { t } = useTranslation();
  const { id, group_id, name, status, sign_in } = account;
  return (
    <span className="flex gap-2">
      <TestButton path={`/carpool/groups/${group_id}/upstream-accounts/${id}/test`} name={name} />
      {sign_in?.state === 'needs_sign_in' ? (
        <Button kind="primary" onClick={() => acts.signIn(account)}>
          {t('signIn.short')}
        </Button>
      ) : null}
      <Button onClick={() => acts.change(id, status === 'active' ? 'disabled' : 'active')}>
        {t(status === 'active' ? 'action.disable' : 'action.enable')}
      </Button>
    </span>
  );
}

export function UpstreamsPanel({ groupId, services, accounts }: UpstreamsPanelProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState<'add' | 'import' | 'sign-in'>();
  const [renewed, setRenewed] = useState<UpstreamAccount>();
  const close = () => {
    setOpen(undefined);
    setRenewed(undefined);
  };
  const acts: Acts = {
    change: (id, status) => change.mutate({ id, status }),
    signIn: (account) => {
      setRenewed(account);
      setOpen('sign-in');
    },
  };
  const change = useMutation({
    mutationFn: ({ id, status }: { id: string; status: 'active' | 'disabled' }) =>
      api('PATCH', `/carpool/groups/${groupId}/upstream-accounts/${id}`, { status }),
    onSettled: () => client.invalidateQueries({ queryKey: ['groups', groupId] }),
  });
  return (
    <Panel
      title={t('upstream.many')}
      aside={
        <span className="flex flex-wrap gap-2">
          <Button onClick={() => setOpen('import')}>{t('import.short')}</Button>
          <Button onClick={() => setOpen('sign-in')}>{t('signIn.short')}</Button>
          <Button onClick={() => setOpen('add')}>
            <Plus className="size-4" aria-hidden="true" />
            {t('upstream.add')}
          </Button>
        </span>
      }
    >
      <ProblemNote error={change.error} />
      <Table
        label={t('upstream.many')}
        rows={accounts ?? []}
        rowKey={({ id }) => id}
        empty={accounts ? t('upstream.none') : t('action.loading')}
        columns={upstreamColumns(t, acts)}
      />
      {open === 'add' ? <AddUpstreamDialog groupId={groupId} services={services} onClose={close} /> : null}
      {open === 'import' ? <ImportDialog groupId={groupId} onClose={close} /> : null}
      {open === 'sign-in' ? <SignInDialog groupId={groupId} services={services} account={renewed} onClose={close} /> : null}
    </Panel>
  );
}
