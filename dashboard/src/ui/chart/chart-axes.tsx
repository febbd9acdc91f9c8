import type { ScaleLinear } from 'd3-scale';
import type { ChartPoint } from './chart-point.ts';

interface AxesProps {
  readonly points: readonly ChartPoint[];
  readonly place: (index: number) => number;
  readonly y: ScaleLinear<number, number>;
  readonly span: { readonly left: number; readonly right: number; readonly height: number };
  readonly format: (value: number) => string;
}

const widestLabel = 100;

/** Sums to the left, from zero; as many dates below as fit. */
export function ChartAxes({ points, place, y, span, format }: AxesProps) {
  const step = Math.max(1, Math.ceil(points.length / Math.max(2, Math.floor((span.right - span.left) / widestLabel))));
  return (
    <g fontSize="11" fill="var(--ink-3)">
      {y.ticks(4).map((tick) => (
        <g key={tick}>
          <line x1={span.left} x2={span.right} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
          <text x={span.left - 8} y={y(tick) + 4} textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      {points.map((point, index) =>
        index % step === 0 ? (
          <text key={point.key} x={place(index)} y={span.height - 8} textAnchor="middle">
            {point.label}
          </text>
        ) : null,
      )}
    </g>
  );
}
