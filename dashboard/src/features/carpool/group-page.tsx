import type { GroupDetail, GroupServices, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Table } from '../../ui/table.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { UpstreamsPanel } from './accounts/upstreams-panel.tsx';
import { EgressPanel } from './group/egress-panel.tsx';
import { EventsPanel } from './group/events-panel.tsx';
import { FailoverPanel } from './group/failover-panel.tsx';
import { groupTabs } from './group/group-tabs.ts';
import { LimitsPanel } from './group/limits-panel.tsx';
import { RoutingPanel } from './group/routing-panel.tsx';
import { ServicesPanel } from './group/services-panel.tsx';
import { GroupState } from './group-state.tsx';
import { QuotasPanel } from './quotas/quotas-panel.tsx';
import { HistoryPanel } from './versions/history-panel.tsx';

export function GroupPage() {
  const { t } = useTranslation();
  const { groupId } = useParams({ from: '/admin/groups/$groupId' });
  const { tab = 'accounts' } = useSearch({ from: '/admin/groups/$groupId' });
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: group, error } = useQuery({
    queryKey: ['groups', groupId],
    queryFn: () => api<GroupDetail>('GET', `/carpool/groups/${groupId}`),
  });
  const change = useMutation({
    mutationFn: (body: unknown) => api('PATCH', `/carpool/groups/${groupId}`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['groups'] }),
  });
  if (!group) return <Page title={t('group.one')}>{error ? <ProblemNote error={error} /> : null}</Page>;
  return (
    <Page
      title={group.name}
      actions={<Actions group={group} isPending={change.isPending} onChange={(status) => change.mutate({ status })} />}
    >
      <ProblemNote error={change.error} />
      <Tabs
        label={t('group.parts')}
        value={tab}
        options={groupTabs.map((value) => ({ value, label: t(`group.tabs.${value}`) }))}
        onChange={(value) => void navigate({ to: '.', search: value === 'accounts' ? {} : { tab: value } })}
      />
      {tab === 'accounts' ? <Accounts group={group} /> : null}
      {tab === 'services' || tab === 'traffic' ? <Services groupId={groupId} tab={tab} /> : null}
      {tab === 'quotas' ? <QuotasPanel group={group} /> : null}
      {tab === 'members' ? <Members members={group.members} /> : null}
      {tab === 'history' ? <HistoryPanel groupId={groupId} /> : null}
      {tab === 'events' ? <EventsPanel groupId={groupId} /> : null}
    </Page>
  );
}

interface ActionsProps {
  readonly group: GroupDetail;
  readonly isPending: boolean;
  readonly onChange: (status: 'active' | 'suspended') => void;
}

function Actions({ group, isPending, onChange }: ActionsProps) {
  const { t } = useTranslation();
  const next = group.status === 'active' ? 'suspended' : 'active';
  return (
    <>
      <GroupState status={group.status} />
      <Link to="/stats" search={{ group: group.id }} className="px-2 text-[13px] text-accent hover:underline">
        {t('nav.usage')}
      </Link>
      {group.status === 'closed' ? null : (
        <Button kind={next === 'active' ? 'primary' : 'plain'} disabled={isPending} onClick={() => onChange(next)}>
          {t(`group.to.${next}`)}
        </Button>
      )}
    </>
  );
}

function Accounts({ group }: { group: GroupDetail }) {
  const { t } = useTranslation();
  const accounts = useQuery({
    queryKey: ['groups', group.id, 'upstreams'],
    queryFn: () =>
      api<{ upstream_accounts: UpstreamAccount[] }>('GET', `/carpool/groups/${group.id}/upstream-accounts?limit=100`),
    refetchInterval: 30_000,
  });
  return (
    <>
      <ProblemNote error={accounts.error} />
      <UpstreamsPanel
        title={t('upstream.many')}
        empty={t('upstream.none')}
        places={group.enabled_services.map((service) => ({ groupId: group.id, groupName: group.name, service }))}
        isOwn={false}
        accounts={accounts.data?.upstream_accounts}
      />
    </>
  );
}

function Services({ groupId, tab }: { groupId: string; tab: 'services' | 'traffic' }) {
  const { data: services, error } = useQuery({
    queryKey: ['groups', groupId, 'services'],
    queryFn: () => api<GroupServices>('GET', `/carpool/groups/${groupId}/ai-services`),
  });
  if (!services) return <ProblemNote error={error} />;
  if (tab === 'services') return <ServicesPanel groupId={groupId} services={services} />;
  return (
    <>
      <RoutingPanel groupId={groupId} />
      <FailoverPanel groupId={groupId} services={services} />
      <LimitsPanel groupId={groupId} />
      <EgressPanel groupId={groupId} />
    </>
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
