import type { ProxyView } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount, formatMs, formatPercent, formatUsd } from '../../../lib/format.ts';
import { useProxies } from '../../../lib/queries/use-proxies.ts';
import { Button } from '../../../ui/button.tsx';
import { NameButton } from '../../../ui/name-button.tsx';
import { ConfirmDialog } from '../../../ui/overlay/confirm-dialog.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, NoRows, Table } from '../../../ui/table.tsx';
import { ProxyDialog } from './proxy-dialog.tsx';
import { ProxyPeek } from './proxy-peek.tsx';
import { ProxyState } from './proxy-state.tsx';
import { useProxyCall } from './use-proxy-call.ts';

interface Acts {
  readonly open: (id: string) => void;
  readonly check: (id: string) => void;
  readonly set: (id: string, status: 'active' | 'inactive') => void;
}

interface Open {
  readonly what: 'add' | 'peek' | 'edit' | 'remove';
  readonly id?: string;
}

export function ProxiesPage() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>();
  const { data, error, refetch } = useProxies();
  const act = useProxyCall();
  const acts: Acts = {
    open: (id) => setOpen({ what: 'peek', id }),
    check: (id) => act.mutate({ method: 'POST', path: `/${id}/health-check` }),
    set: (id, status) => act.mutate({ method: 'PUT', path: `/${id}`, body: { status } }),
  };
  return (
    <Page
      title={t('nav.proxies')}
      actions={
        <Button kind="primary" onClick={() => setOpen({ what: 'add' })}>
          <Plus className="size-4" aria-hidden="true" />
          {t('proxy.add')}
        </Button>
      }
    >
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <ProblemNote error={act.error} />
      <Panel>
        <Table
          label={t('nav.proxies')}
          rows={data?.proxy_resources ?? []}
          rowKey={({ id }) => id}
          empty={<NoRows data={data} error={error} none={t('proxy.none')} />}
          columns={proxyColumns(t, acts)}
        />
      </Panel>
      <ProxyDialogs open={open} proxy={data?.proxy_resources.find(({ id }) => id === open?.id)} onOpen={setOpen} />
    </Page>
  );
}

interface ProxyDialogsProps {
  readonly open: Open | undefined;
  readonly proxy: ProxyView | undefined;
  readonly onOpen: (open: Open | undefined) => void;
}

function ProxyDialogs({ open, proxy, onOpen }: ProxyDialogsProps) {
  const close = () => onOpen(undefined);
  if (open?.what === 'add') return <ProxyDialog onClose={close} />;
  if (!open || !proxy) return null;
  const at = (what: Open['what']) => () => onOpen({ what, id: proxy.id });
  if (open.what === 'edit') return <ProxyDialog proxy={proxy} onClose={at('peek')} />;
  if (open.what === 'remove') return <RemoveProxy proxy={proxy} onClose={at('peek')} onRemoved={close} />;
  return <ProxyPeek proxy={proxy} onEdit={at('edit')} onRemove={at('remove')} onClose={close} />;
}

function RemoveProxy({ proxy, onClose, onRemoved }: { proxy: ProxyView; onClose: () => void; onRemoved: () => void }) {
  const { t } = useTranslation();
  const remove = useProxyCall(onRemoved);
  return (
    <ConfirmDialog
      title={t('proxy.removeWhich', { name: proxy.name })}
      note={t('proxy.removeNote')}
      go={t('proxy.remove')}
      act={remove}
      onGo={() => remove.mutate({ method: 'DELETE', path: `/${proxy.id}` })}
      onClose={onClose}
    />
  );
}

function proxyColumns(t: TFunction, acts: Acts): Column<ProxyView>[] {
  return [
    { key: 'name', title: t('group.name'), cell: ({ id, name }) => <NameButton name={name} onClick={() => acts.open(id)} /> },
    {
      key: 'is',
      title: t('group.status'),
      cell: ({ status }) => <ProxyState status={status} />,
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
  const { id, status } = proxy;
  const isOff = status === 'inactive';
  return (
    <span className="flex gap-2">
      <Button onClick={() => acts.check(id)}>{t('proxy.check')}</Button>
      <Button onClick={() => acts.set(id, isOff ? 'active' : 'inactive')}>{t(isOff ? 'action.enable' : 'action.disable')}</Button>
    </span>
  );
}
