import type { GroupDetail, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Table } from '../../ui/table.tsx';
import { GroupState } from './group-state.tsx';
import { UpstreamsPanel } from './upstreams-panel.tsx';

export function GroupPage() {
  const { t } = useTranslation();
  const { groupId } = useParams({ from: '/admin/groups/$groupId' });
  const client = useQueryClient();
  const { data: group, error } = useQuery({
    queryKey: ['groups', groupId],
    queryFn: () => api<GroupDetail>('GET', `/carpool/groups/${groupId}`),
  });
  const accounts = useQuery({
    queryKey: ['groups', groupId, 'upstreams'],
    queryFn: () => api<{ upstream_accounts: UpstreamAccount[] }>('GET', `/carpool/groups/${groupId}/upstream-accounts?limit=100`),
  });
  const change = useMutation({
    mutationFn: (body: unknown) => api('PATCH', `/carpool/groups/${groupId}`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['groups'] }),
  });
  if (!group) return <Page title={t('group.one')}>{error ? <ProblemNote error={error} /> : null}</Page>;
  const next = group.status === 'active' ? 'suspended' : 'active';
  return (
    <Page
      title={group.name}
      actions={
        <>
          <GroupState status={group.status} />
          <Link to="/stats" search={{ group: group.id }} className="px-2 text-[13px] text-accent hover:underline">
            {t('nav.usage')}
          </Link>
          {group.status === 'closed' ? null : (
            <Button
              kind={next === 'active' ? 'primary' : 'plain'}
              disabled={change.isPending}
              onClick={() => change.mutate({ status: next })}
            >
              {t(`group.to.${next}`)}
            </Button>
          )}
        </>
      }
    >
      <ProblemNote error={change.error} />
      <UpstreamsPanel groupId={groupId} services={group.enabled_services} accounts={accounts.data?.upstream_accounts} />
      <Members members={group.members} />
    </Page>
  );
}

function Members({ members }: Pick<GroupDetail, 'members'>) {
  const { t } = useTranslation();
  return (
    <Panel title={t('group.members')}>
      <Table
        label={t('group.members')}
        rows={members}
        rowKey={({ id }) => id}
        empty={t('group.noMembers')}
        columns={[
          { key: 'name', title: t('group.name'), cell: ({ name }) => <span className="font-medium">{name}</span> },
          { key: 'email', title: t('login.email'), cell: ({ email }) => email },
          { key: 'role', title: t('node.role'), cell: ({ role }) => t(`group.roles.${role}`) },
        ]}
      />
    </Panel>
  );
}
