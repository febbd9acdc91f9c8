import { type CallMac, counterWindow } from '@aicarpool/shared-protocol';
import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { fleetNodes, fleetSessionKeys } from '../../tables.ts';

const last = counterWindow - 1;

/**
 * Uses up a counter, on whichever replica the call arrives: `takeCounter` of shared-protocol as one statement, which gives
 * the node as it is now. Calls of one node wait for each other only for its length; those of different nodes never meet.
 * Undefined: the counter was used, is too old, or the key is not there.
 */
export async function useCounter(db: Db, { nodeId, sessionNo, generation, counter }: CallMac): Promise<NodeRow | undefined> {
  if (counter < 1) return undefined;
  const statement = prepared.get(db) ?? prepare(db);
  const [node] = await statement.execute({ nodeId, sessionNo, generation, counter });
  return node;
}

// Every call of every node runs it: to build and to plan it anew each time costs more than to run it.
const prepared = new WeakMap<Db, ReturnType<typeof prepare>>();

function prepare(db: Db) {
  const { high, seen } = fleetSessionKeys;
  const now = sql`${sql.placeholder('counter')}::bigint`;
  const statement = db
    .update(fleetSessionKeys)
    .set({
      high: sql`GREATEST(${high}, ${now})`,
      seen: sql`CASE
        WHEN ${now} <= ${high} THEN set_bit(${seen}, (${last} - (${high} - ${now}))::int, 1)
        WHEN ${now} - ${high} > ${last} THEN set_bit(B'0'::bit(256), ${last}, 1)
        ELSE set_bit(${seen} << (${now} - ${high})::int, ${last}, 1)
      END`,
    })
    .from(fleetNodes)
    .where(
      and(
        eq(fleetNodes.id, fleetSessionKeys.nodeId),
        eq(fleetSessionKeys.nodeId, sql.placeholder('nodeId')),
        eq(fleetSessionKeys.sessionNo, sql.placeholder('sessionNo')),
        eq(fleetSessionKeys.generation, sql.placeholder('generation')),
        sql`CASE
          WHEN ${now} > ${high} THEN true
          WHEN ${high} - ${now} > ${last} THEN false
          ELSE get_bit(${seen}, (${last} - (${high} - ${now}))::int) = 0
        END`,
      ),
    )
    .returning(getTableColumns(fleetNodes))
    .prepare('use_counter');
  prepared.set(db, statement);
  return statement;
}
