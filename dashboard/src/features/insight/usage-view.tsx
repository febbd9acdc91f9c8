import { RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../lib/format.ts';
import { Button } from '../../ui/button.tsx';
import { Completeness, type Coverage } from '../../ui/completeness.tsx';
import { Glyph } from '../../ui/glyph.tsx';
import { Page } from '../../ui/page.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { UsageChart } from './usage-chart.tsx';
import { UsageFigures } from './usage-figures.tsx';
import { type Range, type StatsReport, useStats } from './use-stats.ts';
import { warningText } from './warning-text.ts';

interface UsageViewProps {
  readonly title: string;
  readonly groupId: string | undefined;
  readonly range: Range;
  readonly onRange: (range: Range) => void;
  readonly filter?: ReactNode;
  readonly children?: ReactNode;
}

/** Something is missing from the figures. */
const grave: ReadonlySet<StatsReport['warning_codes'][number]['code']> = new Set([
  'node_offline',
  'node_timeout',
  'node_failed',
  'node_retired',
  'nothing_answered',
]);

/** A node that is silent is no gap where the settled books hold all of its rows. */
function coverageOf({ data_completeness, nodes_queried }: StatsReport['query_info']): Coverage {
  return { reported: Math.round(data_completeness * nodes_queried), expected: nodes_queried };
}

/** Figures, chart and what is missing from them: the same for one group and for all. */
export function UsageView({ title, groupId, range, onRange, filter, children }: UsageViewProps) {
  const { t, i18n } = useTranslation();
  const { report, error, isAsking, ask, again } = useStats(groupId, range);
  const actions = (
    <>
      {filter}
      <Segmented
        label={t('usage.range')}
        value={range}
        onChange={onRange}
        options={(['24h', '7d', '30d'] as const).map((value) => ({ value, label: t(`usage.ranges.${value}`) }))}
      />
      {report ? <Completeness {...coverageOf(report.query_info)} /> : null}
      <Button title={t('usage.ask')} disabled={isAsking} onClick={() => void ask()}>
        <RefreshCw className={`size-4 ${isAsking ? 'animate-spin' : ''}`} />
        <span className="sr-only">{t('usage.ask')}</span>
        <span className="text-ink-3 max-md:hidden">
          {report ? formatRelative(report.query_info.as_of, i18n.language, Date.now()) : null}
        </span>
      </Button>
    </>
  );
  return (
    <Page title={title} actions={actions}>
      <ProblemNote error={error} onRetry={() => void again()} />
      {report && report.warning_codes.length > 0 ? (
        <Panel>
          <ul className="divide-y divide-line">
            {report.warning_codes.map((warning) => (
              <li key={warning.code + warning.message} className="flex items-center gap-3 px-4 py-2 text-[13px]">
                <Glyph state={grave.has(warning.code) ? 'bad' : 'partial'} />
                {warningText(t, i18n.language, warning)}
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      {report ? <UsageFigures report={report} /> : <div className="h-[89px] rounded-lg border border-line bg-panel" />}
      {report ? <UsageChart report={report} range={range} /> : <div className="h-72 rounded-lg border border-line bg-panel" />}
      {children}
    </Page>
  );
}
