import type { FleetNode } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../lib/format.ts';
import { useNodes } from '../../lib/queries/use-nodes.ts';
import { Button } from '../../ui/button.tsx';
import { Status } from '../../ui/glyph.tsx';
import { NameButton } from '../../ui/name-button.tsx';
import { Page } from '../../ui/page.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { type Column, NoRows, Table } from '../../ui/table.tsx';
import { AddNodeDialog } from './add-node-dialog.tsx';
import { NodePeek } from './node-peek.tsx';
import { NodeState } from './node-state.tsx';
import { RolloutsPanel } from './rollouts-panel.tsx';
import { SigningKeysPanel } from './signing-keys-panel.tsx';

const dayMs = 86_400_000;

type Open = (node: FleetNode) => void;

function nodeColumns(t: TFunction, language: string, nowMs: number, open: Open): Column<FleetNode>[] {
  return [
    { key: 'name', title: t('node.name'), cell: (node) => <NameButton name={node.node_name} onClick={() => open(node)} /> },
    {
      key: 'status',
      title: t('node.status'),
      cell: (node) => <NodeStanding node={node} />,
    },
    { key: 'health', title: t('health.title'), cell: (node) => <NotWell node={node} /> },
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
    { key: 'ring', title: t('node.ring'), numeric: true, cell: (node) => node.ring },
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

/** What has to be decided about it comes before how it is. */
function NodeStanding({ node }: { node: FleetNode }) {
  const { t } = useTranslation();
  if (node.waiting) return <Status state="draft">{t('node.waits')}</Status>;
  const isFought = node.identity_conflict_at && Date.now() - Date.parse(node.identity_conflict_at) < dayMs;
  if (isFought) return <Status state="bad">{t('node.conflict')}</Status>;
  return <NodeState status={node.status} />;
}

function NotWell({ node }: { node: FleetNode }) {
  const { t } = useTranslation();
  if (!node.last_heartbeat) return <span className="text-ink-3">—</span>;
  const { services_not_healthy, accounts_not_healthy, proxies_not_healthy } = node.health;
  const parts = [
    services_not_healthy > 0 ? t('node.servicesOut', { count: services_not_healthy }) : '',
    accounts_not_healthy > 0 ? t('node.accountsOut', { count: accounts_not_healthy }) : '',
    proxies_not_healthy > 0 ? t('node.proxiesOut', { count: proxies_not_healthy }) : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? (
    <Status state="partial">{parts.join(' · ')}</Status>
  ) : (
    <Status state="ok">{t('health.healthy')}</Status>
  );
}

export function NodesPage() {
  const { t, i18n } = useTranslation();
  const [adding, setAdding] = useState(false);
  const { data, error, refetch } = useNodes();
  const [shown, setShown] = useState<FleetNode>();
  const columns = nodeColumns(t, i18n.language, Date.now(), setShown);
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
          empty={<NoRows data={data} error={error} none={t('node.none')} />}
          columns={columns}
        />
      </Panel>
      <RolloutsPanel />
      <SigningKeysPanel />
      {shown ? <NodePeek nodeId={shown.node_id} name={shown.node_name} onClose={() => setShown(undefined)} /> : null}
      {adding ? <AddNodeDialog known={data?.nodes.length ?? 0} onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}
