import { scaleLinear, scalePoint } from 'd3-scale';
import { stack } from 'd3-shape';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChartAxes } from './chart-axes.tsx';
import { ChartLayers } from './chart-layers.tsx';
import type { ChartPoint } from './chart-point.ts';
import { ChartRibbon } from './chart-ribbon.tsx';
import { ChartTip } from './chart-tip.tsx';
import { useWidth } from './use-width.ts';

interface TimeChartProps {
  readonly label: string;
  readonly series: readonly { readonly key: string; readonly name: string }[];
  readonly points: readonly ChartPoint[];
  readonly format: (value: number) => string;
}

const height = 240;
const edge = { left: 52, right: 28, top: 12, bottom: 42 };

function layOut(points: readonly ChartPoint[], series: TimeChartProps['series'], width: number) {
  const layers = stack<ChartPoint, string>()
    .keys(series.map(({ key }) => key))
    .value((point, key) => point.values[key] ?? 0)([...points]);
  const top = Math.max(10, ...(layers.at(-1)?.map(([, high]) => high) ?? []));
  const x = scalePoint(
    points.map(({ key }) => key),
    [edge.left, width - edge.right],
  ).padding(points.length === 1 ? 0.5 : 0);
  const y = scaleLinear([0, top], [height - edge.bottom, edge.top]).nice(4);
  return { layers, y, place: (index: number) => x(points[index]?.key ?? '') ?? 0 };
}

function afterKey(key: string, at: number | null, count: number): number | null {
  if (key === 'Escape') return null;
  if (key !== 'ArrowRight' && key !== 'ArrowLeft') return at;
  const next = key === 'ArrowRight' ? (at ?? -1) + 1 : (at ?? count) - 1;
  return Math.min(count - 1, Math.max(0, next));
}

/** Sums over time, stacked; the ribbon below says how complete each bucket is. Read by pointer or by arrow keys. */
export function TimeChart({ label, series, points, format }: TimeChartProps) {
  const { t } = useTranslation();
  const [at, setAt] = useState<number | null>(null);
  const hint = useId();
  const frame = useRef<HTMLElement>(null);
  const width = useWidth(frame);
  const { layers, y, place } = layOut(points, series, width);
  const span = { left: edge.left, right: width - edge.right, height };
  const floor = height - edge.bottom;
  const cell = (width - edge.left) / Math.max(1, points.length);
  return (
    <figure
      ref={frame}
      className="relative m-0 px-2 py-3"
      aria-label={label}
      aria-describedby={hint}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the chart point by point
      tabIndex={0}
      onKeyDown={({ key }) => setAt((now) => afterKey(key, now, points.length))}
      onBlur={() => setAt(null)}
    >
      <p id={hint} className="sr-only">
        {t('chart.keys')}
      </p>
      <svg width={width} height={height} className="block" aria-hidden="true" onPointerLeave={() => setAt(null)}>
        <ChartAxes points={points} place={place} y={y} span={span} format={format} />
        <ChartLayers layers={layers} points={points} place={place} y={y} />
        <ChartRibbon points={points} place={place} y={floor + 6} width={span.right - span.left} />
        {at === null ? null : <line x1={place(at)} x2={place(at)} y1={edge.top} y2={floor} stroke="var(--ink-3)" />}
        {points.map(({ key }, index) => (
          <rect
            key={key}
            x={place(index) - cell / 2}
            width={cell}
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
