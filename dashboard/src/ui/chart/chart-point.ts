/** One bucket of a chart: a sum per series, and how complete it is. */
export interface ChartPoint {
  readonly key: string;
  readonly label: string;
  readonly values: Readonly<Record<string, number>>;
  /** Nodes that existed then, and those of them that answered: fewer means the sum is a lower bound. */
  readonly expected: number;
  readonly reported: number;
}
