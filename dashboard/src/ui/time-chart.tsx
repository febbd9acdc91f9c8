import { scaleLinear, scalePoint } from 'd3-scale';
import { area, curveMonotoneX, line, stack } from 'd3-shape';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChartRibbon } from './chart-ribbon.tsx';
import { ChartTip } from './chart-tip.tsx';
import { useWidth } from './use-width.ts';

export interface ChartPoint {
  readonly key: string;
  readonly label: string;
  readonly values: Readonly<Record<string, number>>;
  /** Nodes that existed then, and those of them that answered: fewer means the sum is a lower bound. */
  readonly expected: number;
  readonly reported: number;
}

interface TimeChartProps {
  readonly label: string;
  readonly series: readonly { readonly key: string; readonly name: string }[];
  readonly points: readonly ChartPoint[];
  readonly format: (value: number) => string;
}

const height = 240;
const edge = { left: 52, right: 28, top: 12, bottom: 42 };
export const seriesColour = (at: number) => `var(--series-${(at % 6) + 1})`;

/** Sums over time, stacked. Where nobody could report there is a gap, and the ribbon below says how complete each bucket is. */
export function TimeChart({ label, series, points, format }: TimeChartProps) {
  const { t } = useTranslation();
  const [at, setAt] = useState<number | null>(null);
  const hint = useId();
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame);
  const keys = series.map(({ key }) => key);
  const layers = stack<ChartPoint, string>()
    .keys(keys)
    .value((point, key) => point.values[key] ?? 0)([...points]);
  const top = Math.max(10, ...(layers.at(-1)?.map(([, high]) => high) ?? [1]));
  const x = scalePoint(
    points.map(({ key }) => key),
    [edge.left, width - edge.right],
  ).padding(points.length === 1 ? 0.5 : 0);
  const y = scaleLinear([0, top], [height - edge.bottom, edge.top]).nice(4);
  const place = (index: number) => x(points[index]?.key ?? '') ?? 0;
  const known = (index: number) => points[index]?.expected === 0 || (points[index]?.reported ?? 0) > 0;
  const step = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor(width / 100))));
  const move = (by: number) =>
    setAt((now) => Math.min(points.length - 1, Math.max(0, (now ?? (by > 0 ? -1 : points.length)) + by)));

  return (
    <figure
      ref={frame}
      className="relative m-0 px-2 py-3"
      aria-label={label}
      aria-describedby={hint}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
      tabIndex={0}
      onKeyDown={({ key }) =>
        key === 'ArrowRight' ? move(1) : key === 'ArrowLeft' ? move(-1) : key === 'Escape' ? setAt(null) : undefined
      }
      onBlur={() => setAt(null)}
    >
      <p id={hint} className="sr-only">
        {t('chart.keys')}
      </p>
      <svg viewBox={`0 0 ${width} ${height}`} className="block w-full" aria-hidden="true" onPointerLeave={() => setAt(null)}>
        {y.ticks(4).map((tick) => (
          <g key={tick}>
            <line x1={edge.left} x2={width - edge.right} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
            <text x={edge.left - 8} y={y(tick) + 4} textAnchor="end" fontSize="11" fill="var(--ink-3)">
              {format(tick)}
            </text>
          </g>
        ))}
        {layers.map((layer, index) => (
          <g key={layer.key} fill={seriesColour(index)} stroke={seriesColour(index)}>
            <path
              stroke="none"
              fillOpacity="0.16"
              d={
                area<(typeof layer)[number]>()
                  .defined((_, i) => known(i))
                  .x((_, i) => place(i))
                  .y0(([low]) => y(low))
                  .y1(([, high]) => y(high))
                  .curve(curveMonotoneX)(layer) ?? ''
              }
            />
            <path
              fill="none"
              strokeWidth="1.6"
              d={
                line<(typeof layer)[number]>()
                  .defined((_, i) => known(i))
                  .x((_, i) => place(i))
                  .y(([, high]) => y(high))
                  .curve(curveMonotoneX)(layer) ?? ''
              }
            />
            {points.length === 1 ? <circle cx={place(0)} cy={y(layer[0]?.[1] ?? 0)} r="3" /> : null}
          </g>
        ))}
        <ChartRibbon points={points} place={place} y={height - edge.bottom + 6} width={width - edge.left - edge.right} />
        {points.map((point, index) =>
          index % step === 0 ? (
            <text key={point.key} x={place(index)} y={height - 8} textAnchor="middle" fontSize="11" fill="var(--ink-3)">
              {point.label}
            </text>
          ) : null,
        )}
        {at === null ? null : (
          <line x1={place(at)} x2={place(at)} y1={edge.top} y2={height - edge.bottom} stroke="var(--ink-3)" />
        )}
        {points.map((point, index) => (
          <rect
            key={point.key}
            x={place(index) - (width - edge.left) / points.length / 2}
            y={0}
            width={(width - edge.left) / points.length}
            height={height}
            fill="transparent"
            onPointerEnter={() => setAt(index)}
          />
        ))}
      </svg>
      {at !== null && points[at] ? (
        <ChartTip point={points[at]} series={series} format={format} share={place(at) / width} />
      ) : null}
    </figure>
  );
}
