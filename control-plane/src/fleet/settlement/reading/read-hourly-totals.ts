import type { Histogram } from '@aicarpool/shared-protocol';
import { and, asc, gte, inArray, lt } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetHourlyTotals } from '../settlement-tables.ts';
import { histogramOf } from './histogram-of.ts';

type Row = typeof fleetHourlyTotals.$inferSelect;

/** The settled rows of one hour that agree in everything it names, added up. `priceVersion`: "" where no price was known. */
export type HourlyTotal = Omit<Row, 'durationPairs'> & { readonly durations: Histogram };

export interface TotalsAsked {
  /** null: of every group. */
  readonly groupIds: readonly string[] | null;
  /** null or absent: of everybody, by every key, of every service. */
  readonly userIds?: readonly string[] | null;
  readonly keyIds?: readonly string[] | null;
  readonly services?: readonly string[] | null;
  readonly fromAt: Date;
  readonly toAt: Date;
}

/** As many may be fewer than there are. */
export const mostHourlyTotals = 100_000;

/** The settled books of whole hours, exact, oldest first; at most 100,000 rows. The caller has checked who may know. */
export async function readHourlyTotals(db: Db, asked: TotalsAsked): Promise<HourlyTotal[]> {
  const { groupIds, userIds, keyIds, services, fromAt, toAt } = asked;
  const rows = await db
    .select()
    .from(fleetHourlyTotals)
    .where(
      and(
        gte(fleetHourlyTotals.hourAt, fromAt),
        lt(fleetHourlyTotals.hourAt, toAt),
        groupIds ? inArray(fleetHourlyTotals.groupId, [...groupIds]) : undefined,
        userIds ? inArray(fleetHourlyTotals.userId, [...userIds]) : undefined,
        keyIds ? inArray(fleetHourlyTotals.keyId, [...keyIds]) : undefined,
        services ? inArray(fleetHourlyTotals.service, [...services]) : undefined,
      ),
    )
    .orderBy(asc(fleetHourlyTotals.hourAt), asc(fleetHourlyTotals.groupId), asc(fleetHourlyTotals.keyId))
    .limit(mostHourlyTotals);
  return rows.map(({ durationPairs, ...row }) => ({ ...row, durations: histogramOf(durationPairs) }));
}
