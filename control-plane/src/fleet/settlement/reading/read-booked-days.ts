import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetHourlyTotals } from '../../tables.ts';

/** One day (UTC) of one model as the settled books have it. Tokens: all input and output; nano-USD. */
export interface BookedDay {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly model: string;
  readonly requests: number;
  readonly lost: number;
  readonly tokens: number;
  readonly estimatedTokens: number;
  readonly costNanoUsd: number;
  readonly estimatedCostNanoUsd: number;
}

export interface BookedAsked {
  readonly groupId: string;
  readonly service: string;
  /** null: every account of the service. */
  readonly upstreamId: string | null;
  readonly from: Date;
  readonly to: Date;
}

/** What a group used of a service, or of one account, by UTC day and model. */
export async function readBookedDays(db: Db, asked: BookedAsked): Promise<readonly BookedDay[]> {
  const table = fleetHourlyTotals;
  const date = sql<string>`to_char(${table.hourAt} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
  const total = (what: ReturnType<typeof sql>) => sql<number>`sum(${what})::bigint`.mapWith(Number);
  return await db
    .select({
      date,
      model: table.model,
      requests: total(sql`${table.requests}`),
      lost: total(sql`${table.lost}`),
      tokens: total(sql`${table.input} + ${table.cacheRead} + ${table.cacheWrite} + ${table.output}`),
      estimatedTokens: total(sql`${table.estimatedTokens}`),
      costNanoUsd: total(sql`${table.costNanoUsd}`),
      estimatedCostNanoUsd: total(sql`${table.estimatedCostNanoUsd}`),
    })
    .from(table)
    .where(
      and(
        eq(table.groupId, asked.groupId),
        eq(table.service, asked.service),
        asked.upstreamId === null ? undefined : eq(table.upstreamId, asked.upstreamId),
        gte(table.hourAt, asked.from),
        lt(table.hourAt, asked.to),
      ),
    )
    .groupBy(date, table.model)
    .orderBy(date, table.model);
}
