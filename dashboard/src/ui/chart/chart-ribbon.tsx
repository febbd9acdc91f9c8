import type { ChartPoint } from './chart-point.ts';

interface RibbonProps {
  readonly points: readonly ChartPoint[];
  readonly place: (index: number) => number;
  readonly y: number;
  readonly width: number;
}

function colour({ expected, reported }: ChartPoint): string {
  if (expected === 0) return 'var(--line)';
  if (reported === 0) return 'var(--bad)';
  return reported < expected ? 'var(--warn)' : 'var(--series-1)';
}

/** One cell a bucket: did everybody who could report do so? */
export function ChartRibbon({ points, place, y, width }: RibbonProps) {
  const cell = Math.max(2, Math.min(18, width / Math.max(1, points.length) - 1.5));
  return points.map((point, index) => (
    <rect key={point.key} x={place(index) - cell / 2} y={y} width={cell} height="4" rx="1" fill={colour(point)} opacity="0.75" />
  ));
}
