import { useTranslation } from 'react-i18next';
import { seriesColour } from './chart-layers.tsx';
import type { ChartPoint } from './chart-point.ts';

interface TipProps {
  readonly point: ChartPoint;
  readonly series: readonly { readonly key: string; readonly name: string }[];
  readonly format: (value: number) => string;
  readonly share: number;
}

export function ChartTip({ point, series, format, share }: TipProps) {
  const { t } = useTranslation();
  const total = Object.values(point.values).reduce((sum, value) => sum + value, 0);
  const bound = point.reported < point.expected ? '≥ ' : '';
  return (
    <div
      role="status"
      className="pointer-events-none absolute top-2 z-10 min-w-44 rounded-md border border-line-strong bg-panel px-3 py-2 text-xs shadow-lg"
      style={share > 0.6 ? { right: `${(1 - share) * 100 + 1}%` } : { left: `${share * 100 + 1}%` }}
    >
      <div className="mb-1 text-ink-2">{point.label}</div>
      {series.map(({ key, name }, at) => (
        <div key={key} className="flex items-center justify-between gap-4">
          <span className="flex items-center gap-1.5">
            <i className="size-2 rounded-[2px]" style={{ background: seriesColour(at) }} />
            {name}
          </span>
          <b className="font-medium">{format(point.values[key] ?? 0)}</b>
        </div>
      ))}
      <div className="mt-1 flex justify-between gap-4 border-line border-t pt-1">
        <span>{t('chart.total')}</span>
        <b className="font-semibold">
          {bound}
          {format(total)}
        </b>
      </div>
      <div className="text-ink-3">
        {point.expected === 0 ? t('chart.noNode') : t('chart.nodes', { reported: point.reported, expected: point.expected })}
      </div>
    </div>
  );
}
