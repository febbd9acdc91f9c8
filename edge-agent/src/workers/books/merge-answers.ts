import { mergeHistograms, type StatsAnswer, type StatsCell, type StatsQuestion } from '@aicarpool/shared-protocol';

type Answer = Omit<StatsAnswer, 'session_no'>;

const cellsAtMost = 200_000;
const maxima = ['max_ms'] as const;
const minima = ['min_ms'] as const;

/** What several books say to one question, as if they were one book. Some of them missing: the answer is a part of it. */
export function mergeAnswers({ question_id, by }: Pick<StatsQuestion, 'question_id' | 'by'>, answers: readonly Answer[]): Answer {
  const [only] = answers;
  if (answers.length === 1 && only) return only;
  const counted = answers.filter(({ outcome }) => outcome !== 'failed');
  const short = answers.find(({ outcome }) => outcome !== 'complete');
  if (counted.length === 0 && short) return short;
  const cells = mergeCells(counted, by);
  const isTooLong = cells.length > cellsAtMost;
  const message = short?.message ?? (isTooLong ? 'more cells than an answer holds' : undefined);
  const covered = counted.flatMap(({ covered_from }) => covered_from ?? []).sort();
  return {
    question_id,
    outcome: short || isTooLong ? 'partial' : 'complete',
    ...(message === undefined ? {} : { message }),
    covered_from: covered[0] ?? null,
    approximate: counted.some(({ approximate }) => approximate),
    rows: counted.reduce((sum, { rows }) => sum + rows, 0),
    last_seq: counted.reduce((sum, { last_seq }) => sum + last_seq, 0),
    cells: cells.slice(0, cellsAtMost),
  };
}

function mergeCells(answers: readonly Answer[], by: StatsQuestion['by']): StatsCell[] {
  const merged = new Map<string, StatsCell>();
  for (const { cells } of answers) {
    for (const cell of cells) {
      const name = JSON.stringify(by.map((dimension) => cell[dimension] ?? null));
      const before = merged.get(name);
      merged.set(name, before ? mergeTwo(before, cell) : cell);
    }
  }
  return [...merged.values()];
}

/** Numbers add up, but extremes. Both are of the same dimensions. */
function mergeTwo(one: StatsCell, other: StatsCell): StatsCell {
  const sums: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = sums[name];
    if (typeof value === 'number' && typeof before === 'number' && name !== 'bucket') sums[name] = before + value;
  }
  for (const name of maxima) sums[name] = Math.max(one[name], other[name]);
  for (const name of minima) sums[name] = least(one[name], other[name]);
  return {
    ...(sums as StatsCell),
    durations: mergeHistograms([one.durations, other.durations]),
    last_at:
      [one.last_at, other.last_at]
        .filter((at) => at !== null)
        .sort()
        .at(-1) ?? null,
  };
}

function least(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
