import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';

/** Use by the settled books, of one day in a time zone. */
export interface DayTotal {
  /** YYYY-MM-DD */
  readonly day: string;
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** Whose use is added up; what is absent does not narrow. */
export interface DaysAsked {
  readonly groupId: string;
  readonly userId?: string;
  readonly keyId?: string;
  readonly service?: string;
  readonly sinceAt: Date;
  readonly timeZone: string;
}

/**
 * What the settled hours add up to, by day; days without use are missing. An hour belongs to the day in which it begins:
 * exact where days begin on the hour of UTC. The caller has checked who may know.
 */
export async function readDaysOfUse(db: Db, ask: DaysAsked): Promise<DayTotal[]> {
  const rows = await db.execute<{ day: string; tokens: string; cost: string }>(
    sql`SELECT to_char(hour_at AT TIME ZONE ${ask.timeZone}, 'YYYY-MM-DD') AS day,
               sum(input + cache_read + cache_write + output) AS tokens, sum(cost_nano_usd) AS cost
          FROM fleet_hourly_totals
         WHERE group_id = ${ask.groupId} AND hour_at >= ${ask.sinceAt.toISOString()}::timestamptz
           AND (${ask.userId ?? null}::text IS NULL OR user_id = ${ask.userId ?? null})
           AND (${ask.keyId ?? null}::text IS NULL OR key_id = ${ask.keyId ?? null})
           AND (${ask.service ?? null}::text IS NULL OR service = ${ask.service ?? null})
         GROUP BY 1 ORDER BY 1`,
  );
  return rows.map(({ day, tokens, cost }) => ({ day, tokens: Number(tokens), costNanoUsd: Number(cost) }));
}
