import type { GroupEvent } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { formatRelative } from '../../../lib/format.ts';
import { type State, Status } from '../../../ui/glyph.tsx';
import { Reason } from '../../../ui/health/reason.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { NoRows, Table } from '../../../ui/table.tsx';
import { useProxyChoices } from '../accounts/use-proxy-choices.ts';

const states: Record<GroupEvent['kind'], State> = {
  account_auth_failed: 'bad',
  account_parked: 'partial',
  account_down: 'bad',
  account_back: 'ok',
  service_down: 'bad',
  service_back: 'ok',
  failed_over: 'partial',
  proxy_down: 'bad',
  proxy_back: 'ok',
  account_needs_sign_in: 'bad',
  account_signed_in: 'ok',
  account_expires_soon: 'partial',
  quota_near: 'partial',
  quota_reached: 'bad',
};

export function EventsPanel({ groupId }: { groupId: string }) {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['groups', groupId, 'events'],
    queryFn: () => api<{ events: GroupEvent[] }>('GET', `/carpool/groups/${groupId}/events?limit=100`),
    refetchInterval: 15_000,
  });
  const proxies = useProxyChoices(groupId);
  const proxyName = (id: string | null) => proxies.find((proxy) => proxy.id === id)?.name ?? id;
  const when = (instant: string) => formatRelative(instant, i18n.language, Date.now());
  return (
    <Panel title={t('events.title')}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Table
        label={t('events.title')}
        rows={data?.events ?? []}
        rowKey={({ id }) => id}
        empty={<NoRows data={data} error={error} none={t('events.none')} />}
        columns={[
          {
            key: 'at',
            title: t('events.at'),
            cell: ({ at }) => (
              <time dateTime={at} title={at}>
                {when(at)}
              </time>
            ),
          },
          {
            key: 'kind',
            title: t('events.kind'),
            cell: ({ kind }) => <Status state={states[kind]}>{t(`events.is.${kind}`)}</Status>,
          },
          {
            key: 'what',
            title: t('events.what'),
            cell: (event) => event.upstream_name ?? event.service_name ?? proxyName(event.proxy_id) ?? '—',
          },
          { key: 'why', title: t('events.why'), cell: ({ reason }) => <Reason code={reason} /> },
          { key: 'count', title: t('events.count'), numeric: true, cell: ({ count }) => count },
          { key: 'until', title: t('events.until'), cell: ({ until }) => (until ? when(until) : '—') },
        ]}
      />
    </Panel>
  );
}
