import { and, asc, gte, inArray, lt } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetSettledCounts } from '../settlement-tables.ts';

/** How many rows of one node are settled in one hour. */
export interface SettledCount {
  readonly hourAt: Date;
  readonly groupId: string;
  readonly nodeId: string;
  /** Rows. */
  readonly attempts: number;
  /** Final rows: client requests. */
  readonly requests: number;
}

export interface CountsAsked {
  /** null: of every group. */
  readonly groupIds: readonly string[] | null;
  /** Absent: of every node. */
  readonly nodeIds?: readonly string[];
  readonly fromAt: Date;
  readonly toAt: Date;
}

/** Which nodes have settled rows in these hours, and how many: whoever answers for all of them is complete. The caller has checked who may know. */
export async function readSettledCounts(db: Db, { groupIds, nodeIds, fromAt, toAt }: CountsAsked): Promise<SettledCount[]> {
  const counts = fleetSettledCounts;
  return await db
    .select()
    .from(counts)
    .where(
      and(
        gte(counts.hourAt, fromAt),
        lt(counts.hourAt, toAt),
        groupIds ? inArray(counts.groupId, [...groupIds]) : undefined,
        nodeIds ? inArray(counts.nodeId, [...nodeIds]) : undefined,
      ),
    )
    .orderBy(asc(counts.hourAt), asc(counts.groupId), asc(counts.nodeId));
}
