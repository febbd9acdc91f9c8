import type { FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount, formatMs, formatPercent } from '../../lib/format.ts';
import { useProxies } from '../../lib/queries/use-proxies.ts';
import { HealthState } from '../../ui/health/health-state.tsx';
import { Trouble } from '../../ui/health/trouble.tsx';
import { Part } from '../../ui/overlay/part.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { useAccountNames } from './use-account-names.ts';

type Service = FleetNodeDetail['services_health'][string];
type Account = FleetNodeDetail['accounts_health'][string];
type Proxy = FleetNodeDetail['proxies_health'][string];

/** How services, accounts and proxies do, as one node sees them. */
export function NodeHealth({ node }: { node: FleetNodeDetail }) {
  const { t } = useTranslation();
  const accounts = useAccountNames(node.groups.map(({ group_id }) => group_id));
  const proxies = new Map(useProxies().data?.proxy_resources.map(({ id, name }) => [id, name]));
  const percent = (rate: number | null) => formatPercent(rate === null ? null : rate * 100);
  const time = t('health.time');
  return (
    <>
      <HealthTable<Service>
        title={t('health.services')}
        said={node.services_health}
        empty={t('node.noServices')}
        columns={[{ key: 'time', title: time, numeric: true, cell: (said) => formatMs(said.avg_response_time_ms) }]}
      />
      <HealthTable<Account>
        title={t('health.accounts')}
        said={node.accounts_health}
        names={accounts}
        empty={t('node.noAccounts')}
        columns={[
          { key: 'why', title: t('events.why'), cell: (said) => <Trouble said={said} /> },
          { key: 'now', title: t('node.inFlight'), numeric: true, cell: ({ active_requests }) => active_requests },
          { key: 'time', title: time, numeric: true, cell: (said) => formatMs(said.avg_response_time_ms) },
          { key: 'rate', title: t('health.rate'), numeric: true, cell: ({ success_rate }) => percent(success_rate) },
        ]}
      />
      <HealthTable<Proxy>
        title={t('nav.proxies')}
        said={node.proxies_health}
        names={proxies}
        empty={t('node.noProxies')}
        columns={[
          { key: 'latency', title: t('proxy.latency'), numeric: true, cell: ({ latency_ms }) => formatMs(latency_ms) },
          { key: 'now', title: t('proxy.connections'), numeric: true, cell: ({ connections }) => connections },
          { key: 'requests', title: t('usage.requests'), numeric: true, cell: ({ requests }) => formatCount(requests) },
          { key: 'failures', title: t('node.failures'), numeric: true, cell: ({ failures }) => formatCount(failures) },
        ]}
      />
    </>
  );
}

interface Said {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
}

interface HealthTableProps<T extends Said> {
  readonly title: string;
  readonly said: Readonly<Record<string, T>>;
  /** By id; absent: the ids are names. */
  readonly names?: ReadonlyMap<string, string>;
  readonly empty: string;
  readonly columns: readonly { key: string; title: string; numeric?: boolean; cell: (said: T) => ReactNode }[];
}

function HealthTable<T extends Said>({ title, said, names, empty, columns }: HealthTableProps<T>) {
  const { t } = useTranslation();
  const others = columns.map(({ cell, ...column }): Column<[string, T]> => ({ ...column, cell: ([, one]) => cell(one) }));
  return (
    <Part title={title}>
      <div className="overflow-hidden rounded-md border border-line">
        <Table<[string, T]>
          tight
          label={title}
          rows={Object.entries(said)}
          rowKey={([id]) => id}
          empty={empty}
          columns={[
            { key: 'name', title: t('group.name'), cell: ([id]) => names?.get(id) ?? id },
            { key: 'is', title: t('group.status'), cell: ([, one]) => <HealthState health={one} /> },
            ...others,
          ]}
        />
      </div>
    </Part>
  );
}
