import { and, desc, eq, gte, sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetHourlyTotals } from '../../tables.ts';

/** A model whose price was not known when it was used: it is booked with cost 0. */
export interface UnpricedModel {
  readonly service: string;
  readonly model: string;
  /** Attempts, as each of them has a price of its own. */
  readonly attempts: number;
}

const mostNamed = 20;

/** The models that a group used without a price since an instant, most used first, 20 at most. The caller has checked who may know. */
export async function readUnpriced(db: Db, groupId: string, since: Date): Promise<UnpricedModel[]> {
  const table = fleetHourlyTotals;
  const attempts = sql<number>`sum(${table.unpriced})::bigint`.mapWith(Number);
  return await db
    .select({ service: table.service, model: table.model, attempts })
    .from(table)
    .where(and(eq(table.groupId, groupId), gte(table.hourAt, since)))
    .groupBy(table.service, table.model)
    .having(sql`sum(${table.unpriced}) > 0`)
    .orderBy(desc(attempts), table.service, table.model)
    .limit(mostNamed);
}
