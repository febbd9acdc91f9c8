import { type CallMac, counterWindow } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';

/**
 * Uses up a counter, on whichever replica the call arrives: `takeCounter` of shared-protocol as one statement. Calls of one
 * node wait for each other only for its length; those of different nodes never meet. False: it was used, or is too old.
 */
export async function useCounter(db: Db, { nodeId, sessionNo, generation, counter }: CallMac): Promise<boolean> {
  const last = counterWindow - 1;
  const rows = await db.execute(sql`
    UPDATE fleet_session_keys
    SET high = GREATEST(high, ${counter}::bigint),
        seen = CASE
          WHEN ${counter}::bigint <= high THEN set_bit(seen, (${last} - (high - ${counter}::bigint))::int, 1)
          WHEN ${counter}::bigint - high > ${last} THEN set_bit(B'0'::bit(256), ${last}, 1)
          ELSE set_bit(seen << (${counter}::bigint - high)::int, ${last}, 1)
        END
    WHERE node_id = ${nodeId} AND session_no = ${sessionNo} AND generation = ${generation}
      AND CASE
        WHEN ${counter}::bigint > high THEN true
        WHEN high - ${counter}::bigint > ${last} THEN false
        ELSE get_bit(seen, (${last} - (high - ${counter}::bigint))::int) = 0
      END
    RETURNING 1`);
  return counter > 0 && rows.length > 0;
}
