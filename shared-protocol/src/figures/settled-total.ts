import { z } from 'zod';
import { histogram } from './histogram.ts';

const count = z.int().nonnegative();
const id = z.string().max(64);

/** What is added up of rows. */
export const totalCounts = z.object({
  attempts: count.describe('rows'),
  requests: count.describe('final rows'),
  successes: count,
  timeout_errors: count,
  rate_limit_errors: count,
  auth_errors: count,
  other_errors: count,
  cancelled: count,
  input: count,
  cache_read: count,
  cache_write: count,
  output: count,
  thinking: count,
  cost_nano_usd: count,
  estimated: count.describe('rows whose usage is an estimate'),
  estimated_tokens: count,
  estimated_cost_nano_usd: count,
  lost: count,
  unpriced: count,
  duration_sum_ms: count,
});
export type TotalCounts = z.infer<typeof totalCounts>;
export type TotalCount = keyof TotalCounts;

/** The names of all counts of a total. */
export const totalCountNames: readonly TotalCount[] = totalCounts.keyof().options;

/** Counts of nothing, to be added to. */
export function zeroCounts(): TotalCounts {
  return Object.fromEntries(totalCountNames.map((name) => [name, 0])) as TotalCounts;
}

/** A part of the books, added up: the rows of one hour that agree in everything named here. Hours are UTC, by the end of the attempt. */
export const settledTotal = z.object({
  hour_at: z.string().max(40),
  group_id: id,
  user_id: id,
  key_id: id,
  service: z.string().max(50),
  model: z.string().max(200),
  upstream_id: id,
  price_version: z.string().max(100).nullable(),
  ...totalCounts.shape,
  durations: histogram,
});
export type SettledTotal = z.infer<typeof settledTotal>;
