import type { IssuedKey, UserKey } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { formatRelative } from '../../../lib/format.ts';
import { type State, Status } from '../../../ui/glyph.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, NoRows, Table } from '../../../ui/table.tsx';
import { EditKeyDialog } from './edit-key-dialog.tsx';
import { KeyActions } from './key-actions.tsx';
import { limitsOf } from './key-limits.ts';
import { KeyProgressDialog } from './key-progress-dialog.tsx';
import { KeyQuota } from './key-quota.tsx';
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
    {
      key: 'limits',
      title: t('limits.title'),
      cell: (key) => {
        const names = limitsOf(key).map((limit) => t(`keyLimits.short.${limit}`));
        if (names.length === 0) return '—';
        return (
          <>
            <span title={names.join(', ')}>{t('keyLimits.count', { count: names.length })}</span>
            <KeyQuota owned={key} />
          </>
        );
      },
    },
    { key: 'made', title: t('key.made'), cell: ({ created_at }) => formatRelative(created_at, language, nowMs) },
    {
      key: 'expires',
      title: t('key.expires'),
      cell: ({ expires_at }) => (expires_at ? formatRelative(expires_at, language, nowMs) : t('key.never')),
    },
    { key: 'act', title: t('action.what'), cell: actions },
  ];
}

export function KeysPanel({ isMaking, onMade }: { isMaking: boolean; onMade: () => void }) {
  const { t, i18n } = useTranslation();
  const [issued, setIssued] = useState<IssuedKey>();
  const [leaving, setLeaving] = useState<UserKey>();
  const [edited, setEdited] = useState<UserKey>();
  const [stopped, setStopped] = useState<{ key: UserKey; how: 'revoked' | 'disabled' }>();
  const { data, error, refetch } = useQuery({
    queryKey: ['keys'],
    queryFn: () => api<{ keys: UserKey[] }>('GET', '/user/api-keys?limit=100'),
  });
  const columns = keyColumns(t, i18n.language, Date.now(), (key) => (
    <KeyActions
      owned={key}
      onEdit={() => setEdited(key)}
      onRevoke={() => setLeaving(key)}
      onDisabled={() => setStopped({ key, how: 'disabled' })}
    />
  ));
  const revoked = (key: UserKey) => {
    setLeaving(undefined);
    setStopped({ key, how: 'revoked' });
  };
  const take = (key: IssuedKey) => {
    onMade();
    setIssued(key);
  };
  return (
    <>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Panel>
        <Table
          label={t('nav.keys')}
          rows={data?.keys ?? []}
          rowKey={({ id }) => id}
          empty={<NoRows data={data} error={error} none={t('key.none')} />}
          columns={columns}
        />
      </Panel>
      {isMaking ? <NewKeyDialog onClose={onMade} onIssued={take} /> : null}
      {issued ? <KeyReadyDialog issued={issued} onDone={() => setIssued(undefined)} /> : null}
      {edited ? <EditKeyDialog owned={edited} onClose={() => setEdited(undefined)} /> : null}
      {leaving ? (
        <RevokeKeyDialog leaving={leaving} onClose={() => setLeaving(undefined)} onRevoked={() => revoked(leaving)} />
      ) : null}
      {stopped ? <KeyProgressDialog stopped={stopped.key} how={stopped.how} onClose={() => setStopped(undefined)} /> : null}
    </>
  );
}
