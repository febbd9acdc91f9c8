import type { Histogram } from '@aicarpool/shared-protocol';
import { and, asc, eq, gte, inArray, lt } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetHourlyTotals } from '../settlement-tables.ts';
import { histogramOf } from './histogram-of.ts';

type Row = typeof fleetHourlyTotals.$inferSelect;

/** The settled rows of one hour that agree in everything it names, added up. `priceVersion`: "" where no price was known. */
export type HourlyTotal = Omit<Row, 'durationPairs'> & { readonly durations: Histogram };

export interface TotalsAsked {
  /** null: of every group. */
  readonly groupIds: readonly string[] | null;
  readonly userId?: string;
  readonly keyId?: string;
  readonly service?: string;
  readonly fromAt: Date;
  readonly toAt: Date;
}

const atMost = 100_000;

/** The settled books of whole hours, exact, oldest first; at most 100,000 rows. The caller has checked who may know. */
export async function readHourlyTotals(db: Db, asked: TotalsAsked): Promise<HourlyTotal[]> {
  const { groupIds, userId, keyId, service, fromAt, toAt } = asked;
  const rows = await db
    .select()
    .from(fleetHourlyTotals)
    .where(
      and(
        gte(fleetHourlyTotals.hourAt, fromAt),
        lt(fleetHourlyTotals.hourAt, toAt),
        groupIds === null ? undefined : inArray(fleetHourlyTotals.groupId, [...groupIds]),
        userId === undefined ? undefined : eq(fleetHourlyTotals.userId, userId),
        keyId === undefined ? undefined : eq(fleetHourlyTotals.keyId, keyId),
        service === undefined ? undefined : eq(fleetHourlyTotals.service, service),
      ),
    )
    .orderBy(asc(fleetHourlyTotals.hourAt), asc(fleetHourlyTotals.groupId), asc(fleetHourlyTotals.keyId))
    .limit(atMost);
  return rows.map(({ durationPairs, ...row }) => ({ ...row, durations: histogramOf(durationPairs) }));
}
