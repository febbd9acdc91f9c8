import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { formatRelative } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { type State, Status } from '../../ui/glyph.tsx';
import { ConfirmDialog } from '../../ui/overlay/confirm-dialog.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { NoRows, Table } from '../../ui/table.tsx';
import { useMe } from '../identity/session.tsx';

interface SigningKey {
  readonly id: string;
  readonly state: 'current' | 'next' | 'past';
  readonly created_at: string;
}

const states: Record<SigningKey['state'], State> = { current: 'ok', next: 'draft', past: 'off' };

/** The keys that nodes know the control plane by, how old they are, and a way to change them. */
export function SigningKeysPanel() {
  const { t, i18n } = useTranslation();
  const { data: me } = useMe();
  const { data, error, refetch } = useQuery({
    queryKey: ['signing-keys'],
    queryFn: () => api<{ signing_keys: SigningKey[] }>('GET', '/admin/signing-keys'),
  });
  return (
    <Panel title={t('signing.title')} aside={me?.role === 'super_admin' ? <Rotate /> : null}>
      <p className="px-4 pt-3 text-[13px] text-ink-2">{t('signing.note')}</p>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Table
        label={t('signing.title')}
        rows={data?.signing_keys ?? []}
        rowKey={({ id }) => id}
        empty={<NoRows data={data} error={error} none="—" />}
        columns={[
          {
            key: 'state',
            title: t('group.status'),
            cell: ({ state }) => <Status state={states[state]}>{t(`signing.is.${state}`)}</Status>,
          },
          {
            key: 'age',
            title: t('signing.age'),
            cell: ({ created_at: at }) => (
              <time dateTime={at} title={at}>
                {formatRelative(at, i18n.language, Date.now())}
              </time>
            ),
          },
          {
            key: 'id',
            title: t('signing.key'),
            cell: ({ id }) => (
              <code className="block max-w-[22rem] truncate font-mono text-xs" title={id}>
                {id}
              </code>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function Rotate() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asks, setAsks] = useState(false);
  const rotate = useMutation({
    mutationFn: () => api('POST', '/admin/signing-keys/rotate', {}),
    onSuccess: () => setAsks(false),
    onSettled: () => client.invalidateQueries({ queryKey: ['signing-keys'] }),
  });
  return (
    <>
      <Button onClick={() => setAsks(true)}>{t('signing.rotate')}</Button>
      {asks ? (
        <ConfirmDialog
          title={t('signing.rotateTitle')}
          note={t('signing.rotateNote')}
          go={t('signing.rotateGo')}
          act={rotate}
          onGo={() => rotate.mutate()}
          onClose={() => setAsks(false)}
        />
      ) : null}
    </>
  );
}
