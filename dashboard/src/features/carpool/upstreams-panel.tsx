import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Status } from '../../ui/glyph.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { AddUpstreamDialog } from './add-upstream-dialog.tsx';

interface UpstreamsPanelProps {
  readonly groupId: string;
  readonly services: readonly string[];
  readonly accounts: readonly UpstreamAccount[] | undefined;
}

type OnChange = (id: string, status: UpstreamAccount['status']) => void;

function upstreamColumns(t: TFunction, onChange: OnChange): Column<UpstreamAccount>[] {
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
    {
      key: 'act',
      title: t('action.what'),
      cell: ({ id, status }) => (
        <Button onClick={() => onChange(id, status === 'active' ? 'disabled' : 'active')}>
          {t(status === 'active' ? 'action.disable' : 'action.enable')}
        </Button>
      ),
    },
  ];
}

export function UpstreamsPanel({ groupId, services, accounts }: UpstreamsPanelProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const change = useMutation({
    mutationFn: ({ id, status }: { id: string; status: 'active' | 'disabled' }) =>
      api('PATCH', `/carpool/groups/${groupId}/upstream-accounts/${id}`, { status }),
    onSettled: () => client.invalidateQueries({ queryKey: ['groups', groupId] }),
  });
  return (
    <Panel
      title={t('upstream.many')}
      aside={
        <Button onClick={() => setAdding(true)}>
          <Plus className="size-4" aria-hidden="true" />
          {t('upstream.add')}
        </Button>
      }
    >
      <ProblemNote error={change.error} />
      <Table
        label={t('upstream.many')}
        rows={accounts ?? []}
        rowKey={({ id }) => id}
        empty={accounts ? t('upstream.none') : t('action.loading')}
        columns={upstreamColumns(t, (id, status) => change.mutate({ id, status }))}
      />
      {adding ? <AddUpstreamDialog groupId={groupId} services={services} onClose={() => setAdding(false)} /> : null}
    </Panel>
  );
}
