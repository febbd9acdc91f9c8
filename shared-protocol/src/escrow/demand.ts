/** How much of one budget is asked for at one node. Estimates, not books: fractions are fine here. */
export interface Demand {
  /** Units per millisecond, fading by half in `halfLifeMs`: too low by what is missing since `sinceMs`. */
  rate: number;
  /** First request of those that are measured; null: there was none. */
  sinceMs: number | null;
  /** Spent since `fadedAtMs`, not in `rate` yet. */
  recent: number;
  fadedAtMs: number;
  /** Largest request of this span of ten minutes, and of the one before. */
  largest: number;
  largestBefore: number;
  spanAtMs: number;
  lastAtMs: number;
}

const halfLifeMs = 120_000;
const spanMs = 600_000;
/** Who was idle for shorter still finds rights for two requests, though the centre be away. */
const rememberedMs = 24 * 60 * 60_000;
/** By then 3 % of a rate are left: who begins again is measured from that request on. */
const anewMs = 5 * halfLifeMs;
/** What was used since a beginning is taken for the use of so long at least. */
const youngestMs = 15_000;
/** A burst shorter than this is not taken for a rate. */
const fadeEveryMs = 1000;

export function newDemand(nowMs: number): Demand {
  const largest = { largest: 0, largestBefore: 0, spanAtMs: nowMs };
  return { rate: 0, sinceMs: null, recent: 0, fadedAtMs: nowMs, ...largest, lastAtMs: nowMs };
}

/** A request wants `amount`, whether it gets it or not. */
export function wanted(demand: Demand, amount: number, nowMs: number): void {
  if (demand.sinceMs === null || nowMs - demand.lastAtMs > anewMs) Object.assign(demand, { sinceMs: nowMs, rate: 0 });
  demand.lastAtMs = nowMs;
  if (nowMs - demand.spanAtMs >= spanMs) turnSpan(demand, nowMs);
  if (amount > demand.largest) demand.largest = amount;
}

export function used(demand: Demand, amount: number): void {
  demand.recent += amount;
}

/** What may be spent within `aheadMs`, at the rate of late. */
export function expected(demand: Demand, aheadMs: number, nowMs: number): number {
  fade(demand, nowMs);
  const ageMs = Math.max(youngestMs, nowMs - (demand.sinceMs ?? nowMs));
  return Math.ceil((demand.rate / (1 - 0.5 ** (ageMs / halfLifeMs))) * aheadMs);
}

/** A cover that is shorter than this is filled up, and so far that it need not be filled again at once. A rate is not even. */
const lowest = 1.1;
const fullest = 1.25;

/** What a node would like to have unspent: cover for `coverMs` and more, and two of the largest requests. */
export function targetOf(demand: Demand, coverMs: number, nowMs: number): number {
  return reserve(demand, { coverMs: coverMs * fullest, requests: 2 }, nowMs);
}

/** What does for now: cover for `coverMs`, and one of the largest requests. Below it, the node asks for its target. */
export function enoughOf(demand: Demand, coverMs: number, nowMs: number): number {
  return reserve(demand, { coverMs: coverMs * lowest, requests: 1 }, nowMs);
}

function reserve(demand: Demand, { coverMs, requests }: { coverMs: number; requests: number }, nowMs: number): number {
  if (nowMs - demand.lastAtMs > rememberedMs) turnSpan(demand, nowMs);
  const largest = Math.max(demand.largest, demand.largestBefore);
  return Math.min(Number.MAX_SAFE_INTEGER, expected(demand, coverMs, nowMs) + requests * largest);
}

function fade(demand: Demand, nowMs: number): void {
  const pastMs = nowMs - demand.fadedAtMs;
  if (pastMs < fadeEveryMs) return;
  const kept = 0.5 ** (pastMs / halfLifeMs);
  demand.rate = demand.rate * kept + (demand.recent / pastMs) * (1 - kept);
  if (demand.rate < 1e-9) demand.rate = 0;
  demand.recent = 0;
  demand.fadedAtMs = nowMs;
}

function turnSpan(demand: Demand, nowMs: number): void {
  demand.largestBefore = nowMs - demand.lastAtMs > rememberedMs ? 0 : demand.largest;
  demand.largest = 0;
  demand.spanAtMs = nowMs;
}
