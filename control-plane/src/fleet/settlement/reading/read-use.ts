import { and, eq, gte, lt, sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetHourlyTotals } from '../../tables.ts';

/** What one member used of one model in a span of time, by the settled books. Tokens, nano-USD. */
export interface UseOfModel {
  readonly userId: string;
  readonly service: string;
  readonly model: string;
  readonly requests: number;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly costNanoUsd: number;
  readonly estimatedCostNanoUsd: number;
  readonly lost: number;
  readonly unpriced: number;
}

/**
 * The settled books of a group from an instant to another, by member and model. Hours count whole, by their beginning:
 * where a time zone is not whole hours from UTC, an hour belongs to the span in which it begins.
 */
export async function readUse(db: Db, groupId: string, from: Date, to: Date): Promise<readonly UseOfModel[]> {
  const table = fleetHourlyTotals;
  const total = (column: typeof table.input) => sql<number>`sum(${column})::bigint`.mapWith(Number);
  return await db
    .select({
      userId: table.userId,
      service: table.service,
      model: table.model,
      requests: total(table.requests),
      input: total(table.input),
      cacheRead: total(table.cacheRead),
      cacheWrite: total(table.cacheWrite),
      output: total(table.output),
      costNanoUsd: total(table.costNanoUsd),
      estimatedCostNanoUsd: total(table.estimatedCostNanoUsd),
      lost: total(table.lost),
      unpriced: total(table.unpriced),
    })
    .from(table)
    .where(and(eq(table.groupId, groupId), gte(table.hourAt, from), lt(table.hourAt, to)))
    .groupBy(table.userId, table.service, table.model)
    .orderBy(table.userId, table.service, table.model);
}
