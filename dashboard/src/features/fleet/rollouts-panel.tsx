import type { RolloutView } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { formatRelative } from '../../lib/format.ts';
import { useGroups } from '../../lib/queries/use-groups.ts';
import { Button } from '../../ui/button.tsx';
import { Status } from '../../ui/glyph.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useRollouts } from './use-node-change.ts';

/** Changes that have not reached every ring yet; nothing is shown when there are none. */
export function RolloutsPanel() {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const { data, error, refetch } = useRollouts();
  const { data: groups } = useGroups();
  const promote = useMutation({
    mutationFn: ({ scope, kind, id, version }: RolloutView) =>
      api('POST', '/admin/rollouts/promote', { scope, kind, id, version }),
    onSettled: () => client.invalidateQueries({ queryKey: ['rollouts'] }),
  });
  const names = new Map(groups?.groups.map(({ id, name }) => [id, name]));
  if (!data || data.rollouts.length === 0) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  return (
    <Panel title={t('rollout.title')}>
      <p className="px-4 pt-3 text-[13px] text-ink-2">{t('rollout.note')}</p>
      <ProblemNote error={promote.error} />
      <Table
        label={t('rollout.title')}
        rows={data.rollouts}
        rowKey={({ scope, kind, id }) => `${scope} ${kind} ${id}`}
        empty=""
        columns={[
          ...rolloutColumns(t, i18n.language, names),
          {
            key: 'act',
            title: t('action.what'),
            cell: (one) => (
              <Button disabled={promote.isPending} onClick={() => promote.mutate(one)}>
                {one.next_ring === null ? t('rollout.finish') : t('rollout.promote', { ring: one.next_ring })}
              </Button>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function rolloutColumns(t: TFunction, language: string, names: ReadonlyMap<string, string>): Column<RolloutView>[] {
  const stateOf = ({ nodes, promoted_at }: RolloutView) => {
    if (nodes.refusing > 0) return <Status state="bad">{t('rollout.refusing', { count: nodes.refusing })}</Status>;
    if (promoted_at === null) return <Status state="partial">{t('rollout.waiting')}</Status>;
    return <Status state="ok">{t('rollout.goesOn', { when: formatRelative(promoted_at, language, Date.now()) })}</Status>;
  };
  return [
    {
      key: 'what',
      title: t('rollout.what'),
      cell: ({ kind, id }) => <span className="font-medium">{`${t(`rollout.kinds.${kind}`)} ${names.get(id) ?? id}`}</span>,
    },
    { key: 'version', title: t('rollout.version'), numeric: true, cell: ({ version }) => version },
    { key: 'ring', title: t('rollout.ring'), numeric: true, cell: ({ ring }) => ring },
    { key: 'nodes', title: t('rollout.nodes'), cell: ({ nodes }) => t('rollout.nodesOf', nodes) },
    { key: 'state', title: t('rollout.state'), cell: stateOf },
  ];
}
