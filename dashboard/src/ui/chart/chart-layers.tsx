import { area, curveMonotoneX, line, type Series } from 'd3-shape';
import type { ChartPoint } from './chart-point.ts';

export const seriesColour = (at: number) => `var(--series-${(at % 6) + 1})`;

interface LayersProps {
  readonly layers: readonly Series<ChartPoint, string>[];
  readonly points: readonly ChartPoint[];
  readonly place: (index: number) => number;
  readonly y: (value: number) => number;
}

/** The stacked sums; a gap where nodes existed and none of them answered. */
export function ChartLayers({ layers, points, place, y }: LayersProps) {
  const known = (_: unknown, index: number) => points[index]?.expected === 0 || (points[index]?.reported ?? 0) > 0;
  const surface = area<[number, number]>()
    .defined(known)
    .x((_, index) => place(index))
    .y0(([low]) => y(low))
    .y1(([, high]) => y(high))
    .curve(curveMonotoneX);
  const border = line<[number, number]>()
    .defined(known)
    .x((_, index) => place(index))
    .y(([, high]) => y(high))
    .curve(curveMonotoneX);
  return layers.map((layer, at) => {
    const spans = layer.map(([low, high]): [number, number] => [low, high]);
    return (
      <g key={layer.key} fill={seriesColour(at)} stroke={seriesColour(at)}>
        <path stroke="none" fillOpacity="0.16" d={surface(spans) ?? ''} />
        <path fill="none" strokeWidth="1.6" d={border(spans) ?? ''} />
        {points.length === 1 ? <circle cx={place(0)} cy={y(spans[0]?.[1] ?? 0)} r="3" /> : null}
      </g>
    );
  });
}
