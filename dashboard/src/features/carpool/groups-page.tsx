import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGroups } from '../../lib/queries/use-groups.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { NoRows, Table } from '../../ui/table.tsx';
import { GroupState } from './group-state.tsx';
import { NewGroupDialog } from './new-group-dialog.tsx';

export function GroupsPage() {
  const { t } = useTranslation();
  const [making, setMaking] = useState(false);
  const { data, error, refetch } = useGroups();
  return (
    <Page
      title={t('nav.groups')}
      actions={
        <Button kind="primary" onClick={() => setMaking(true)}>
          <Plus className="size-4" aria-hidden="true" />
          {t('group.new')}
        </Button>
      }
    >
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Panel>
        <Table
          label={t('nav.groups')}
          rows={data?.groups ?? []}
          rowKey={({ id }) => id}
          empty={<NoRows data={data} error={error} none={t('group.none')} />}
          columns={[
            {
              key: 'name',
              title: t('group.name'),
              cell: ({ id, name }) => (
                <Link to="/admin/groups/$groupId" params={{ groupId: id }} className="font-medium text-accent hover:underline">
                  {name}
                </Link>
              ),
            },
            { key: 'status', title: t('group.status'), cell: ({ status }) => <GroupState status={status} /> },
            { key: 'mode', title: t('group.mode'), cell: (group) => t(`group.modes.${group.deployment_mode}`) },
            { key: 'services', title: t('group.services'), cell: (group) => group.enabled_services.join(', ') || '—' },
            {
              key: 'members',
              title: t('group.members'),
              numeric: true,
              cell: (group) => `${group.member_count}/${group.max_members}`,
            },
          ]}
        />
      </Panel>
      {making ? <NewGroupDialog onClose={() => setMaking(false)} /> : null}
    </Page>
  );
}
