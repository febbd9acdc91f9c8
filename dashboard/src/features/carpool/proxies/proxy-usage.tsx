import type { ProxyUsage } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { formatCount, formatMs, formatPercent, formatUsd } from '../../../lib/format.ts';
import { HourBars } from '../../../ui/chart/hour-bars.tsx';
import { Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

/** What a proxy carried today, by the hour. */
export function ProxyUsagePart({ proxyId }: { proxyId: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['proxies', proxyId, 'usage'],
    queryFn: () => api<ProxyUsage>('GET', `/proxy-resources/${proxyId}/usage-stats?period=day`),
  });
  return (
    <Part title={t('proxy.usage')}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      {data ? <Usage usage={data} /> : <div className="h-64" />}
    </Part>
  );
}

function Usage({ usage }: { usage: ProxyUsage }) {
  const { t } = useTranslation();
  const { statistics, hourly_breakdown: hours, top_groups: groups } = usage;
  return (
    <>
      <HourBars
        label={t('proxy.usage')}
        hours={hours.map(({ hour, requests, avg_latency_ms, success_rate }) => ({
          hour,
          value: requests,
          text: t('proxy.hour', {
            hour: String(hour).padStart(2, '0'),
            requests: formatCount(requests),
            latency: formatMs(avg_latency_ms),
            rate: formatPercent(success_rate),
          }),
        }))}
      />
      <Facts
        facts={[
          [t('usage.requests'), formatCount(statistics.total_requests)],
          [t('usage.success'), formatPercent(statistics.success_rate)],
          [t('proxy.connectTime'), formatMs(statistics.avg_response_time_ms)],
          [
            t('proxy.carried'),
            statistics.total_data_transferred_mb === null ? '—' : `${statistics.total_data_transferred_mb} MB`,
          ],
          [t('proxy.peak'), statistics.peak_concurrent_connections],
          [t('proxy.members'), statistics.unique_users],
          [t('proxy.perRequest'), formatUsd(statistics.cost_analysis.cost_per_request)],
          [t('proxy.topGroups'), groups.map((one) => `${one.group_name} ${formatPercent(one.percentage)}`).join(' · ') || '—'],
        ]}
      />
    </>
  );
}
