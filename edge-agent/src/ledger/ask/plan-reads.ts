const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Half open: [fromMs, toMs). */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What to read where, so that every row is counted once. Rows that are in no sum yet are read beside these. */
export interface Reads {
  /** Days and hours that no edge cuts. */
  readonly daily: readonly Span[];
  readonly copied: readonly Span[];
  readonly hourly: readonly Span[];
  /** What edges cut, from single rows. */
  readonly rows: readonly Span[];
  /** Days that an edge cuts and whose rows are gone: their sums count where their noon (an hour's: its half) lies. */
  readonly blurred: readonly Span[];
}

export interface Kept {
  /** From the oldest to behind the newest instant in the books. */
  readonly extent: Span;
  /** Rows that ended before this may be gone. */
  readonly rawFromMs: number;
  /** Whether sums of the day have moved to the table of days. */
  isFolded(dayAtMs: number): boolean;
  /** Whether the hours of the day are also there as one sum. */
  isCopied(dayAtMs: number): boolean;
}

/** Cuts the time between the first and the last edge (ascending) by how it is kept. */
export function planReads(edges: readonly number[], kept: Kept): Reads {
  const asked = { fromMs: edges[0] ?? 0, toMs: edges.at(-1) ?? 0 };
  const cutDays = new Set(edges.filter((edge) => edge % dayMs !== 0).map((edge) => floorTo(edge, dayMs)));
  const cutHours = new Set(edges.filter((edge) => edge % hourMs !== 0).map((edge) => floorTo(edge, hourMs)));
  const reads = { daily: [] as Span[], copied: [] as Span[], hourly: [] as Span[], rows: [] as Span[], blurred: [] as Span[] };
  const from = Math.max(asked.fromMs, kept.extent.fromMs);
  const to = Math.min(asked.toMs, kept.extent.toMs);
  for (let day = floorTo(from, dayMs); day < to; day += dayMs) {
    const whole = { fromMs: day, toMs: day + dayMs };
    if (!cutDays.has(day)) {
      extend(reads.daily, whole);
      extend(kept.isCopied(day) ? reads.copied : reads.hourly, whole);
    } else if (kept.isFolded(day)) {
      if (day >= kept.rawFromMs) extend(reads.rows, within(whole, asked));
      else reads.blurred.push(whole);
    } else planHours(within(whole, asked), cutHours, kept.rawFromMs, reads);
  }
  return reads;
}

function planHours(span: Span, cutHours: ReadonlySet<number>, rawFromMs: number, reads: Record<keyof Reads, Span[]>): void {
  for (let hour = floorTo(span.fromMs, hourMs); hour < span.toMs; hour += hourMs) {
    const whole = { fromMs: hour, toMs: hour + hourMs };
    if (!cutHours.has(hour)) extend(reads.hourly, whole);
    else if (hour >= rawFromMs) extend(reads.rows, within(whole, span));
    else reads.blurred.push(whole);
  }
}

function extend(spans: Span[], next: Span): void {
  const last = spans.at(-1);
  if (last?.toMs === next.fromMs) spans[spans.length - 1] = { fromMs: last.fromMs, toMs: next.toMs };
  else spans.push(next);
}

function within(span: Span, limit: Span): Span {
  return { fromMs: Math.max(span.fromMs, limit.fromMs), toMs: Math.min(span.toMs, limit.toMs) };
}

function floorTo(atMs: number, unitMs: number): number {
  return Math.floor(atMs / unitMs) * unitMs;
}
