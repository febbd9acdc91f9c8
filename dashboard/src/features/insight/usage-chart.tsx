import { useTranslation } from 'react-i18next';
import { formatBucket, formatCount } from '../../lib/format.ts';
import { seriesColour } from '../../ui/chart/chart-layers.tsx';
import { TimeChart } from '../../ui/chart/time-chart.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { Range, StatsReport } from './use-stats.ts';

export function UsageChart({ report, range }: { report: StatsReport; range: Range }) {
  const { t, i18n } = useTranslation();
  const series = report.by_service.map(({ service_name }) => ({ key: service_name, name: service_name }));
  const points = report.time_series.map((bucket) => ({
    key: bucket.timestamp,
    label: formatBucket(bucket.timestamp, i18n.language, report.query_info.tz, range === '24h'),
    values: Object.fromEntries(Object.entries(bucket.by_service).map(([name, { tokens }]) => [name, tokens])),
    expected: bucket.expected,
    reported: bucket.reported,
  }));
  return (
    <Panel
      title={t('usage.tokens')}
      aside={
        <span className="flex min-h-5 flex-wrap items-center gap-3 text-ink-2 text-xs">
          {series.map(({ key, name }, at) => (
            <span key={key} className="flex items-center gap-1.5">
              <i className="size-2 rounded-[2px]" style={{ background: seriesColour(at) }} />
              {name}
            </span>
          ))}
          <span>{report.query_info.tz}</span>
        </span>
      }
    >
      <TimeChart label={t('usage.tokens')} series={series} points={points} format={formatCount} />
    </Panel>
  );
}
