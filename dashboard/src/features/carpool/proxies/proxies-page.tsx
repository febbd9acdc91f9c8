import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { formatCount, formatMs, formatPercent, formatUsd } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { type State, Status } from '../../../ui/glyph.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { AddProxyDialog } from './add-proxy-dialog.tsx';

const states: Record<ProxyView['status'], State> = { active: 'ok', inactive: 'off', maintenance: 'partial', error: 'bad' };

interface Acts {
  readonly check: (id: string) => void;
  readonly set: (id: string, status: 'active' | 'inactive') => void;
  readonly remove: (id: string) => void;
}

export function ProxiesPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['proxies'],
    queryFn: () => api<{ proxy_resources: ProxyView[] }>('GET', '/proxy-resources?limit=100'),
    refetchInterval: 30_000,
  });
  const act = useMutation({
    mutationFn: ({ method, path, body }: { method: 'POST' | 'PUT' | 'DELETE'; path: string; body?: unknown }) =>
      api(method, `/proxy-resources/${path}`, body),
    onSettled: () => client.invalidateQueries({ queryKey: ['proxies'] }),
  });
  const acts: Acts = {
    check: (id) => act.mutate({ method: 'POST', path: `${id}/health-check` }),
    set: (id, status) => act.mutate({ method: 'PUT', path: id, body: { status } }),
    remove: (id) => act.mutate({ method: 'DELETE', path: id }),
  };
  return (
    <Page
      title={t('nav.proxies')}
      actions={
        <Button kind="primary" onClick={() => setAdding(true)}>
          <Plus className="size-4" aria-hidden="true" />
          {t('proxy.add')}
        </Button>
      }
    >
      <ProblemNote error={error ?? act.error} />
      <Panel>
        <Table
          label={t('nav.proxies')}
          rows={data?.proxy_resources ?? []}
          rowKey={({ id }) => id}
          empty={data ? t('proxy.none') : t('action.loading')}
          columns={proxyColumns(t, acts)}
        />
      </Panel>
      {adding ? <AddProxyDialog onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function proxyColumns(t: TFunction, acts: Acts): Column<ProxyView>[] {
  return [
    { key: 'name', title: t('group.name'), cell: ({ name }) => <span className="font-medium">{name}</span> },
    {
      key: 'is',
      title: t('group.status'),
      cell: ({ status }) => <Status state={states[status]}>{t(`proxy.is.${status}`)}</Status>,
    },
    {
      key: 'address',
      title: t('proxy.address'),
      cell: ({ proxy_type, host, port }) => (
        <code className="font-mono text-xs">
          {proxy_type}://{host}:{port}
        </code>
      ),
    },
    { key: 'place', title: t('proxy.place'), cell: ({ country, city }) => [city, country].filter(Boolean).join(', ') || '—' },
    { key: 'latency', title: t('proxy.latency'), numeric: true, cell: ({ latency_ms }) => formatMs(latency_ms) },
    { key: 'rate', title: t('usage.success'), numeric: true, cell: ({ success_rate }) => formatPercent(success_rate) },
    {
      key: 'now',
      title: t('proxy.connections'),
      numeric: true,
      cell: ({ usage_stats, max_concurrent }) => `${usage_stats.current_connections} / ${formatCount(max_concurrent)}`,
    },
    {
      key: 'today',
      title: t('proxy.today'),
      numeric: true,
      cell: ({ usage_stats }) => formatCount(usage_stats.total_requests_today),
    },
    { key: 'groups', title: t('nav.groups'), numeric: true, cell: ({ used_by_groups }) => used_by_groups.length },
    { key: 'cost', title: t('proxy.cost'), numeric: true, cell: ({ cost_per_month }) => formatUsd(cost_per_month) },
    {
      key: 'act',
      title: t('action.what'),
      cell: (proxy) => <ProxyActs proxy={proxy} acts={acts} />,
    },
  ];
}

function ProxyActs({ proxy, acts }: { proxy: ProxyView; acts: Acts }) {
  const { t } = useTranslation();
  const { id, status, used_by_groups } = proxy;
  const isOff = status === 'inactive';
  return (
    <span className="flex gap-2">
      <Button onClick={() => acts.check(id)}>{t('proxy.check')}</Button>
      <Button onClick={() => acts.set(id, isOff ? 'active' : 'inactive')}>{t(isOff ? 'action.enable' : 'action.disable')}</Button>
      <Button kind="danger" disabled={used_by_groups.length > 0} onClick={() => acts.remove(id)}>
        {t('proxy.remove')}
      </Button>
    </span>
  );
}
