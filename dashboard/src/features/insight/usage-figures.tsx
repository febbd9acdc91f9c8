import { useTranslation } from 'react-i18next';
import { formatCount, formatMs, formatPercent, formatUsd } from '../../lib/format.ts';
import { type Figure, Figures } from '../../ui/chart/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { StatsReport } from './use-stats.ts';

/** The figures that people look for first, each with what it is made of. */
export function UsageFigures({ report }: { report: StatsReport }) {
  const { t } = useTranslation();
  const { summary, query_info: info } = report;
  const bound = info.data_completeness < 1 ? '≥ ' : summary.estimated_requests > 0 ? '≈ ' : '';
  const figures: Figure[] = [
    {
      name: t('usage.tokens'),
      value: bound + formatCount(summary.total_tokens),
      note: t('usage.inOut', {
        input: formatCount(summary.input_tokens + summary.cache_read_tokens + summary.cache_write_tokens),
        output: formatCount(summary.output_tokens),
      }),
    },
    {
      name: t('usage.cost'),
      value: bound + formatUsd(summary.total_cost),
      note: summary.unpriced_requests > 0 ? t('usage.unpriced', { count: summary.unpriced_requests }) : t('usage.byPriceList'),
    },
    {
      name: t('usage.requests'),
      value: bound.replace('≈ ', '') + formatCount(summary.total_requests),
      note: t('usage.attempts', { count: summary.attempts }),
    },
    {
      name: t('usage.success'),
      value: formatPercent(summary.success_rate),
      note: t('usage.failed', { failed: summary.errors.total, cancelled: summary.cancelled }),
    },
    {
      name: t('usage.time'),
      value: formatMs(summary.p50_response_time_ms),
      note: t('usage.p95', { p95: formatMs(summary.p95_response_time_ms) }),
    },
  ];
  return (
    <Panel>
      <Figures figures={figures} />
    </Panel>
  );
}
