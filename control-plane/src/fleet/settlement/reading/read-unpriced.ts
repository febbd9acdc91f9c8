import { and, desc, eq, gte, sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetHourlyTotals } from '../../tables.ts';

/** A model whose price was not known when it was used: it is booked with cost 0. */
export interface UnpricedModel {
  readonly service: string;
  readonly model: string;
  readonly requests: number;
}

const mostNamed = 20;

/** The models that a group used without a price since an instant, most used first, 20 at most. The caller has checked who may know. */
export async function readUnpriced(db: Db, groupId: string, since: Date): Promise<UnpricedModel[]> {
  const table = fleetHourlyTotals;
  const requests = sql<number>`sum(${table.unpriced})::bigint`.mapWith(Number);
  return await db
    .select({ service: table.service, model: table.model, requests })
    .from(table)
    .where(and(eq(table.groupId, groupId), gte(table.hourAt, since)))
    .groupBy(table.service, table.model)
    .having(sql`sum(${table.unpriced}) > 0`)
    .orderBy(desc(requests), table.service, table.model)
    .limit(mostNamed);
}
