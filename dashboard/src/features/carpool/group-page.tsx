import type { GroupDetail } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { groupQuery, groupServicesQuery, upstreamsQuery } from '../../lib/queries/use-groups.ts';
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
import { type GroupTab, tabsFor } from './group/group-tabs.ts';
import { LimitsPanel } from './group/limits-panel.tsx';
import { RoutingPanel } from './group/routing-panel.tsx';
import { ServicesPanel } from './group/services-panel.tsx';
import { useManages } from './group/use-manages.ts';
import { GroupState } from './group-state.tsx';
import { QuotasPanel } from './quotas/quotas-panel.tsx';
import { HistoryPanel } from './versions/history-panel.tsx';

export function GroupPage() {
  const { t } = useTranslation();
  const { groupId } = useParams({ from: '/admin/groups/$groupId' });
  const search = useSearch({ from: '/admin/groups/$groupId' });
  const client = useQueryClient();
  const { data: group, error, refetch } = useQuery(groupQuery(groupId));
  const change = useMutation({
    mutationFn: (body: unknown) => api('PATCH', `/carpool/groups/${groupId}`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['groups'] }),
  });
  const manages = useManages(group);
  if (!group)
    return <Page title={t('group.one')}>{error ? <ProblemNote error={error} onRetry={() => void refetch()} /> : null}</Page>;
  return (
    <Page
      title={group.name}
      actions={
        <Actions group={group} manages={manages} isPending={change.isPending} onChange={(status) => change.mutate({ status })} />
      }
    >
      <ProblemNote error={change.error} />
      <Parts group={group} wanted={search.tab} tabs={tabsFor(manages)} />
    </Page>
  );
}

interface PartsProps {
  readonly group: GroupDetail;
  readonly wanted: GroupTab | undefined;
  readonly tabs: readonly GroupTab[];
}

function Parts({ group, wanted, tabs }: PartsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const tab = tabs.find((one) => one === wanted) ?? tabs[0];
  if (tab === undefined) return null;
  return (
    <>
      <Tabs
        label={t('group.parts')}
        value={tab}
        options={tabs.map((value) => ({ value, label: t(`group.tabs.${value}`) }))}
        onChange={(value) => void navigate({ to: '.', search: value === tabs[0] ? {} : { tab: value } })}
      />
      {tab === 'accounts' ? <Accounts group={group} /> : null}
      {tab === 'services' || tab === 'traffic' ? <Services group={group} tab={tab} /> : null}
      {tab === 'quotas' ? <QuotasPanel group={group} /> : null}
      {tab === 'members' ? <Members members={group.members} /> : null}
      {tab === 'history' ? <HistoryPanel groupId={group.id} /> : null}
      {tab === 'events' ? <EventsPanel groupId={group.id} /> : null}
    </>
  );
}

interface ActionsProps {
  readonly group: GroupDetail;
  readonly manages: boolean;
  readonly isPending: boolean;
  readonly onChange: (status: 'active' | 'suspended') => void;
}

function Actions({ group, manages, isPending, onChange }: ActionsProps) {
  const { t } = useTranslation();
  const next = group.status === 'active' ? 'suspended' : 'active';
  return (
    <>
      <GroupState status={group.status} />
      <Link to="/stats" search={{ group: group.id }} className="px-2 text-[13px] text-accent hover:underline">
        {t('nav.usage')}
      </Link>
      {group.status === 'closed' || !manages ? null : (
        <Button kind={next === 'active' ? 'primary' : 'plain'} disabled={isPending} onClick={() => onChange(next)}>
          {t(`group.to.${next}`)}
        </Button>
      )}
    </>
  );
}

function Accounts({ group }: { group: GroupDetail }) {
  const { t } = useTranslation();
  const accounts = useQuery({ ...upstreamsQuery(group.id), refetchInterval: 30_000 });
  return (
    <>
      <ProblemNote error={accounts.error} onRetry={() => void accounts.refetch()} />
      <UpstreamsPanel
        title={t('upstream.many')}
        empty={t('upstream.none')}
        places={group.enabled_services.map((service) => ({ groupId: group.id, groupName: group.name, service }))}
        isOwn={false}
        accounts={accounts.data?.upstream_accounts}
        error={accounts.error}
      />
    </>
  );
}

function Services({ group, tab }: { group: GroupDetail; tab: 'services' | 'traffic' }) {
  const groupId = group.id;
  const manages = useManages(group);
  const { data: services, error, refetch } = useQuery(groupServicesQuery(groupId));
  if (!services) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  if (tab === 'services') return <ServicesPanel groupId={groupId} services={services} mayEdit={manages} />;
  return (
    <>
      <RoutingPanel groupId={groupId} mayEdit={manages} />
      <FailoverPanel groupId={groupId} services={services} mayEdit={manages} />
      <LimitsPanel groupId={groupId} mayEdit={manages} />
      {manages ? <EgressPanel groupId={groupId} /> : null}
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
