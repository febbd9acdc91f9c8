import type { LedgerAudit } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { formatExact, formatPercent, formatUsd } from '../../../lib/format.ts';
import { type Figure, Figures } from '../../../ui/chart/figures.tsx';
import { Glyph, type State } from '../../../ui/glyph.tsx';
import { Panel } from '../../../ui/panel.tsx';

type Summary = LedgerAudit['summary'];

function stateOf(summary: Summary): State {
  if (summary.differences > 0) return 'bad';
  if (summary.ranges_without_detail > 0 || summary.books_set_aside > 0) return 'partial';
  // Green is for what was read again, not for what nobody has looked at.
  return summary.rows > 0 && summary.proved_percent === 0 ? 'draft' : 'ok';
}

/** The whole audit in one sentence, and the figures behind it. */
export function LedgerSummary({ audit }: { audit: LedgerAudit }) {
  const { t } = useTranslation();
  const { summary } = audit;
  const parts = [
    t('audit.rows', { count: summary.rows, shown: formatExact(summary.rows) }),
    t('audit.nodes', { count: summary.nodes }),
    t('audit.differences', { count: summary.differences }),
    t('audit.withoutDetail', { count: summary.ranges_without_detail }),
    ...(summary.books_set_aside > 0 ? [t('audit.setAside', { count: summary.books_set_aside })] : []),
  ];
  return (
    <Panel>
      <p className="flex items-center gap-2.5 px-4 py-4 font-semibold text-lg leading-6">
        <Glyph state={stateOf(summary)} />
        <span>{parts.join(t('audit.comma'))}</span>
      </p>
      <div className="border-line border-t">
        <Figures figures={figuresOf(t, audit)} />
      </div>
    </Panel>
  );
}

function figuresOf(t: TFunction, { summary, reading }: LedgerAudit): Figure[] {
  const { estimated, lost } = summary;
  return [
    {
      name: t('audit.proved'),
      value: formatPercent(summary.rows === 0 ? null : summary.proved_percent),
      note:
        reading > 0
          ? t('audit.reading', { count: reading })
          : t('audit.unproved', { count: summary.unproved, shown: formatExact(summary.unproved) }),
    },
    {
      name: t('audit.estimated'),
      value: formatPercent(estimated.percent),
      note: t('audit.estimatedOf', {
        tokens: formatPercent(estimated.tokens_percent),
        cost: formatUsd(estimated.cost_usd),
        percent: formatPercent(estimated.cost_percent),
      }),
    },
    {
      name: t('audit.lost'),
      value: formatExact(lost.requests),
      note: t('audit.lostOf', { percent: formatPercent(lost.percent) }),
    },
    {
      name: t('audit.unsettled'),
      value: formatExact(summary.unsettled),
      note: t('audit.booked', { cost: formatUsd(summary.cost_usd) }),
    },
  ];
}
