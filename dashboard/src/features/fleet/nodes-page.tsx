import type { FleetNode } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { type State, Status } from '../../ui/glyph.tsx';
import { Page } from '../../ui/page.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { AddNodeDialog } from './add-node-dialog.tsx';
import { useNodes } from './use-nodes.ts';

const states: Record<FleetNode['status'], State> = { active: 'ok', inactive: 'bad', maintenance: 'draft' };

function nodeColumns(t: TFunction, language: string, nowMs: number): Column<FleetNode>[] {
  return [
    { key: 'name', title: t('node.name'), cell: (node) => <span className="font-medium">{node.node_name}</span> },
    {
      key: 'status',
      title: t('node.status'),
      cell: (node) => <Status state={states[node.status]}>{t(`node.is.${node.status}`)}</Status>,
    },
    { key: 'role', title: t('node.role'), cell: (node) => t(`node.roles.${node.role}`) },
    {
      key: 'listen',
      title: t('node.listen'),
      cell: (node) => <code className="font-mono text-xs">{node.listen ?? '—'}</code>,
    },
    {
      key: 'config',
      title: t('node.config'),
      cell: (node) => (
        <Status state={node.rejects > 0 ? 'bad' : node.config_version < node.head ? 'partial' : 'ok'}>
          {`${node.config_version}/${node.head}`}
        </Status>
      ),
    },
    { key: 'groups', title: t('nav.groups'), numeric: true, cell: (node) => node.assigned_groups },
    { key: 'active', title: t('node.inFlight'), numeric: true, cell: (node) => node.current_load.active_requests },
    {
      key: 'load',
      title: t('node.load'),
      numeric: true,
      cell: (node) => Math.round(node.current_load.requests_per_minute),
    },
    {
      key: 'seen',
      title: t('node.seen'),
      numeric: true,
      cell: (node) =>
        node.last_heartbeat ? (
          <time dateTime={node.last_heartbeat} title={node.last_heartbeat}>
            {formatRelative(node.last_heartbeat, language, nowMs)}
          </time>
        ) : (
          '—'
        ),
    },
  ];
}

export function NodesPage() {
  const { t, i18n } = useTranslation();
  const [adding, setAdding] = useState(false);
  const { data, error, refetch } = useNodes();
  const columns = nodeColumns(t, i18n.language, Date.now());
  return (
    <Page
      title={t('nav.nodes')}
      actions={
        <Button kind="primary" onClick={() => setAdding(true)}>
          <Plus className="size-4" aria-hidden="true" />
          {t('node.add')}
        </Button>
      }
    >
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Panel>
        <Table
          label={t('nav.nodes')}
          rows={data?.nodes ?? []}
          rowKey={({ node_id }) => node_id}
          empty={data ? t('node.none') : t('action.loading')}
          columns={columns}
        />
      </Panel>
      {adding ? <AddNodeDialog known={data?.nodes.length ?? 0} onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}
