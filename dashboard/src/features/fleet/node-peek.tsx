import type { FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount, formatRelative } from '../../lib/format.ts';
import { useNode } from '../../lib/queries/use-nodes.ts';
import { Button } from '../../ui/button.tsx';
import { type Fact, Facts } from '../../ui/overlay/facts.tsx';
import { Part } from '../../ui/overlay/part.tsx';
import { Peek } from '../../ui/overlay/peek.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { NodeBooks } from './node-books.tsx';
import { NodeHealth } from './node-health.tsx';
import { NodeRing } from './node-ring.tsx';
import { NodeState } from './node-state.tsx';
import { NodeWarnings } from './node-warnings.tsx';
import { RetireDialog } from './retire-dialog.tsx';

export function NodePeek({ nodeId, name, onClose }: { nodeId: string; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useNode(nodeId);
  const [retires, setRetires] = useState(false);
  const retire =
    data?.retired_at === null ? (
      <Button kind="danger" onClick={() => setRetires(true)}>
        {t('node.retire')}
      </Button>
    ) : null;
  return (
    <Peek title={name} note={nodeId} onClose={onClose} footer={retire}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      {data ? (
        <>
          <NodeWarnings node={data} />
          <NodeNow node={data} />
          <NodeBooks node={data} />
          <NodeHealth node={data} />
          <Part title={t('node.about')}>
            <AboutNode node={data} />
          </Part>
          {retires ? <RetireDialog node={data} onClose={() => setRetires(false)} /> : null}
        </>
      ) : null}
    </Peek>
  );
}

function NodeNow({ node }: { node: FleetNodeDetail }) {
  const { t, i18n } = useTranslation();
  const facts: Fact[] = [
    [t('group.status'), <NodeState key="is" status={node.status} />],
    [t('node.score'), node.health_score === null ? '—' : `${Math.round(node.health_score)} / 100`],
    [t('node.seen'), node.last_heartbeat ? formatRelative(node.last_heartbeat, i18n.language, Date.now()) : '—'],
    [t('node.ring'), <NodeRing key="ring" node={node} />],
    [t('node.refused'), node.refused.map(({ kind, id }) => `${kind} ${id}`).join(', ') || t('node.nothingRefused')],
  ];
  return <Facts facts={facts} />;
}

function AboutNode({ node }: { node: FleetNodeDetail }) {
  const { t } = useTranslation();
  const load = node.current_load;
  const storage = node.local_storage_usage;
  const facts: Fact[] = [
    [t('node.role'), t(`node.roles.${node.role}`)],
    [t('node.region'), node.region ?? '—'],
    [
      t('node.listen'),
      <code key="listen" className="break-all font-mono text-xs">
        {node.listen ?? '—'}
      </code>,
    ],
    [t('node.build'), node.build ?? '—'],
    [t('node.config'), `${node.config_version} / ${node.head}`],
    [t('nav.groups'), node.assigned_groups],
    [t('node.inFlight'), load.active_requests],
    [t('node.today'), formatCount(node.total_requests_today)],
    [t('node.processor'), load.cpu_usage_percent === null ? '—' : `${Math.round(load.cpu_usage_percent)}%`],
    [t('node.memory'), load.memory_usage_mb === null ? '—' : `${Math.round(load.memory_usage_mb)} MB`],
    [
      t('node.key'),
      <code key="key" className="break-all font-mono text-xs">
        {node.identity_key_id ?? t('node.tokenOnly')}
      </code>,
    ],
    [t('node.credentials'), t(node.receives_credentials ? 'node.gets' : 'node.getsNot')],
    [t('node.books'), storage === null ? '—' : `${Math.round(storage.database_size_mb)} MB`],
  ];
  return <Facts facts={facts} />;
}
