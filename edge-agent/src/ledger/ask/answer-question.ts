import type { StatsAnswer, StatsQuestion } from '@aicarpool/shared-protocol';
import { Meta } from '../store/meta.ts';
import type { Db } from '../store/open-database.ts';
import { Cells } from './cells.ts';
import { pageRows, preparePartQueries } from './part-queries.ts';
import { type Kept, planReads, type Span } from './plan-reads.ts';

export type Answer = Omit<StatsAnswer, 'session_no'>;

const dayMs = 86_400_000;

/** The buckets that `bucket_at` of one connection cuts by. */
export interface BucketCut {
  edges: readonly number[];
}

/**
 * Answers from one moment of the books. Yields between short pages, so that questions take turns and `isLate` is
 * seen in time; what is counted by then is the answer, marked partial.
 */
export function* answerQuestion(db: Db, cut: BucketCut, question: StatsQuestion, isLate: () => boolean): Generator<void, Answer> {
  const edges = readEdges(question);
  if (!edges) return emptyAnswer(question, 'edges are not instants in ascending order');
  cut.edges = edges;
  db.exec('BEGIN');
  try {
    const snapshot = readSnapshot(db);
    const reads = planReads(edges, snapshot.kept);
    const cells = new Cells([...new Set(question.by)]);
    let message: string | undefined;
    for (const part of readParts(db, question, edges, snapshot, reads)) {
      if (isLate()) message = 'the deadline came first';
      else if (cells.isFull) message = 'more cells than an answer holds';
      if (message !== undefined) break;
      for (const row of part()) cells.add(row);
      yield;
    }
    return {
      question_id: question.question_id,
      outcome: message === undefined ? 'complete' : 'partial',
      ...(message === undefined ? {} : { message }),
      covered_from: isoOrNull(edges.every((edge) => edge % dayMs === 0) ? snapshot.oldestMs : snapshot.oldestRowMs),
      approximate: reads.blurred.length > 0,
      rows: cells.rows,
      last_seq: snapshot.headSeq,
      cells: cells.toAnswer(),
    };
  } finally {
    db.exec('ROLLBACK');
  }
}

export function emptyAnswer(question: Pick<StatsQuestion, 'question_id'>, message: string): Answer {
  const { question_id } = question;
  return {
    question_id,
    outcome: 'failed',
    message: message.slice(0, 500),
    covered_from: null,
    approximate: false,
    rows: 0,
    last_seq: 0,
    cells: [],
  };
}

interface Snapshot {
  readonly headSeq: number;
  readonly rolledUpTo: number;
  readonly oldestMs: number | null;
  readonly oldestRowMs: number | null;
  readonly kept: Kept;
}

function readSnapshot(db: Db): Snapshot {
  const meta = new Meta(db);
  const one = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? null;
  const rowEnds = [one('SELECT MIN(ended_at_ms) FROM edge_usage_rows'), one('SELECT MAX(ended_at_ms) FROM edge_usage_rows')];
  const hours = [one('SELECT MIN(hour_at_ms) FROM edge_usage_hourly'), one('SELECT MAX(hour_at_ms) FROM edge_usage_hourly')];
  const days = [one('SELECT MIN(day_at_ms) FROM edge_usage_daily'), one('SELECT MAX(day_at_ms) FROM edge_usage_daily')];
  const all = [...rowEnds, ...hours, ...days].filter((at) => at !== null);
  const oldestMs = all.length === 0 ? null : Math.min(...all);
  const isFolded = db.prepare<[number], number>('SELECT 1 FROM edge_usage_daily WHERE day_at_ms = ? LIMIT 1').pluck();
  const copied = new Set(db.prepare<[], number>('SELECT day_at_ms FROM edge_usage_copied_days WHERE hours = 24').pluck().all());
  return {
    headSeq: one('SELECT MAX(seq) FROM edge_usage_rows') ?? meta.base().seq,
    rolledUpTo: meta.rolledUpTo(),
    oldestMs,
    oldestRowMs: rowEnds[0] ?? null,
    kept: {
      extent: { fromMs: oldestMs ?? 0, toMs: all.length === 0 ? 0 : Math.max(...all) + dayMs },
      rawFromMs: meta.rawFromMs(),
      isFolded: (dayAtMs) => isFolded.get(dayAtMs) !== undefined,
      isCopied: (dayAtMs) => copied.has(dayAtMs),
    },
  };
}

/** One function a page: sums first, for they are quick and most of it; then the newest rows; then cut hours, newest first. */
function* readParts(
  db: Db,
  question: StatsQuestion,
  edges: readonly number[],
  { headSeq, rolledUpTo }: Snapshot,
  reads: ReturnType<typeof planReads>,
): Generator<() => unknown[][]> {
  const queries = preparePartQueries(db, question.filter, [...new Set(question.by)]);
  const asked: Span = { fromMs: edges[0] ?? 0, toMs: edges.at(-1) ?? 0 };
  for (const span of reads.daily) for (const piece of slices(span, 7 * dayMs)) yield () => queries.daily(piece);
  for (const span of reads.copied) yield () => queries.copied(span);
  for (const span of reads.hourly) for (const piece of slices(span, dayMs)) yield () => queries.hourly(piece);
  for (const span of reads.blurred) yield () => queries.blurred(span, asked);
  for (let after = rolledUpTo; after < headSeq; after += pageRows) {
    yield () => queries.tail(after, Math.min(headSeq, after + pageRows), asked);
  }
  for (const span of [...reads.rows].reverse()) {
    for (let fromMs = span.fromMs; fromMs < span.toMs; ) {
      const page = { fromMs, toMs: queries.pageEnd({ fromMs, toMs: span.toMs }) };
      yield () => queries.rows(page, rolledUpTo);
      fromMs = page.toMs;
    }
  }
}

function* slices({ fromMs, toMs }: Span, lengthMs: number): Generator<Span> {
  for (let at = fromMs; at < toMs; at += lengthMs) yield { fromMs: at, toMs: Math.min(toMs, at + lengthMs) };
}

/** Without the bucket dimension only the outer edges matter. Undefined when they do not ascend. */
function readEdges({ edges, by }: StatsQuestion): number[] | undefined {
  const instants = edges.map((edge) => Date.parse(edge));
  const ascends = instants.every((at, index) => Number.isFinite(at) && at > (instants[index - 1] ?? Number.NEGATIVE_INFINITY));
  if (!ascends) return undefined;
  return by.includes('bucket') ? instants : [instants[0] ?? 0, instants.at(-1) ?? 0];
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
