import type { StatsAnswer, StatsCell, StatsDimension, StatsQuestion } from '@aicarpool/shared-protocol';
import { Summing } from './sum-cells.ts';

/** The order in which the parts of a cell's name are written; `bucket` first, so that cells come sorted by time. */
const dimensions = ['bucket', 'group', 'service', 'model', 'user', 'key'] as const satisfies readonly StatsDimension[];

/**
 * One list of cells out of the answers of many nodes, as if one node had held all their books: cells of equal
 * name are added. The order of the answers does not matter.
 */
export function mergeAnswers(answers: Iterable<Pick<StatsAnswer, 'cells'>>): StatsCell[] {
  const merged = new Map<string, { name: Pick<StatsCell, StatsDimension>; summing: Summing }>();
  for (const answer of answers) {
    for (const cell of answer.cells) {
      const name = nameOf(cell);
      const key = JSON.stringify(dimensions.map((dimension) => name[dimension] ?? null));
      const entry = merged.get(key) ?? { name, summing: new Summing() };
      merged.set(key, entry);
      entry.summing.add(cell);
    }
  }
  return [...merged.values()]
    .sort((a, b) => compareNames(a.name, b.name))
    .map(({ name, summing }): StatsCell => ({ ...name, ...summing.sums() }));
}

/**
 * Why an answer cannot be one to this question, or undefined: a node that mixes up questions, or names buckets
 * and dimensions that nobody asked for, would make wrong sums.
 */
export function misfit(question: Pick<StatsQuestion, 'edges' | 'by'>, answer: Pick<StatsAnswer, 'cells'>): string | undefined {
  const buckets = question.edges.length - 1;
  for (const cell of answer.cells) {
    for (const dimension of dimensions) {
      if (question.by.includes(dimension) !== (cell[dimension] !== undefined)) return `a cell is wrong about its ${dimension}`;
    }
    if (cell.bucket !== undefined && cell.bucket >= buckets) return 'a cell lies outside the time that was asked for';
  }
  return undefined;
}

function nameOf(cell: StatsCell): Pick<StatsCell, StatsDimension> {
  const name: Record<string, string | number> = {};
  for (const dimension of dimensions) {
    const value = cell[dimension];
    if (value !== undefined) name[dimension] = value;
  }
  return name;
}

function compareNames(a: Pick<StatsCell, StatsDimension>, b: Pick<StatsCell, StatsDimension>): number {
  const byBucket = (a.bucket ?? 0) - (b.bucket ?? 0);
  if (byBucket !== 0) return byBucket;
  for (const dimension of dimensions.slice(1)) {
    const [left, right] = [String(a[dimension] ?? ''), String(b[dimension] ?? '')];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
