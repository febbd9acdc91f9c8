import type { IssuedKey, UserKey } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { formatRelative } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { type State, Status } from '../../../ui/glyph.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { KeyActions } from './key-actions.tsx';
import { KeyReadyDialog } from './key-ready-dialog.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';
import { RevokeKeyDialog } from './revoke-key-dialog.tsx';

const states: Record<UserKey['status'], State> = { active: 'ok', disabled: 'off', expired: 'bad' };

type Actions = (key: UserKey) => ReactNode;

function keyColumns(t: TFunction, language: string, nowMs: number, actions: Actions): Column<UserKey>[] {
  return [
    {
      key: 'name',
      title: t('group.name'),
      cell: ({ name, key_hint }) => (
        <>
          <div className="font-medium">{name}</div>
          <code className="font-mono text-ink-3 text-xs">acp_…{key_hint}</code>
        </>
      ),
    },
    {
      key: 'status',
      title: t('group.status'),
      cell: ({ status }) => <Status state={states[status]}>{t(`key.is.${status}`)}</Status>,
    },
    { key: 'group', title: t('group.one'), cell: ({ group_name }) => group_name },
    { key: 'made', title: t('key.made'), cell: ({ created_at }) => formatRelative(created_at, language, nowMs) },
    {
      key: 'expires',
      title: t('key.expires'),
      cell: ({ expires_at }) => (expires_at ? formatRelative(expires_at, language, nowMs) : t('key.never')),
    },
    {
      key: 'act',
      title: t('action.what'),
      cell: actions,
    },
  ];
}

export function KeysPage() {
  const { t, i18n } = useTranslation();
  const [making, setMaking] = useState(false);
  const [issued, setIssued] = useState<IssuedKey>();
  const [leaving, setLeaving] = useState<UserKey>();
  const { data, error, refetch } = useQuery({
    queryKey: ['keys'],
    queryFn: () => api<{ keys: UserKey[] }>('GET', '/user/api-keys?limit=100'),
  });
  const columns = keyColumns(t, i18n.language, Date.now(), (key) => <KeyActions owned={key} onRevoke={() => setLeaving(key)} />);
  return (
    <Page
      title={t('nav.keys')}
      actions={
        <Button kind="primary" onClick={() => setMaking(true)}>
          <Plus className="size-4" aria-hidden="true" />
          {t('key.new')}
        </Button>
      }
    >
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Panel>
        <Table
          label={t('nav.keys')}
          rows={data?.keys ?? []}
          rowKey={({ id }) => id}
          empty={data ? t('key.none') : t('action.loading')}
          columns={columns}
        />
      </Panel>
      {making ? (
        <NewKeyDialog
          onClose={() => setMaking(false)}
          onIssued={(key) => {
            setMaking(false);
            setIssued(key);
          }}
        />
      ) : null}
      {issued ? <KeyReadyDialog issued={issued} onDone={() => setIssued(undefined)} /> : null}
      {leaving ? <RevokeKeyDialog leaving={leaving} onClose={() => setLeaving(undefined)} /> : null}
    </Page>
  );
}
