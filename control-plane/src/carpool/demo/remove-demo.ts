import { and, eq, notInArray } from 'drizzle-orm';
import { allow, audit, Conflict, type Ctx, inTransaction, type Tx } from '../../kernel/index.ts';
import { simulator } from '../services/built-in-services.ts';
import { carpoolGroupServices, carpoolGroups, carpoolServices, carpoolUpstreams } from '../tables.ts';

/**
 * Removes the demo: its group with keys and account, and the simulated service. Gives false when there is none.
 * 409 `simulator_in_use` while other groups use the simulator.
 */
export async function removeDemo(ctx: Ctx): Promise<boolean> {
  allow(ctx, 'carpool.demo.remove');
  return await inTransaction(ctx, async (tx) => {
    const groups = await tx.select().from(carpoolGroups).where(eq(carpoolGroups.isDemo, true)).for('update');
    const ids = groups.map((group) => group.id);
    await assertUnused(tx, ids);
    await tx.delete(carpoolGroups).where(eq(carpoolGroups.isDemo, true));
    const services = await tx.delete(carpoolServices).where(eq(carpoolServices.id, simulator.id)).returning();
    if (groups.length === 0 && services.length === 0) return false;
    await audit(tx, ctx, {
      action: 'carpool.demo.remove',
      target: { kind: 'group', id: ids[0] ?? 'demo' },
      before: { groups: groups.map(({ id, name }) => ({ id, name })), services: services.map(({ id }) => id) },
    });
    return true;
  });
}

async function assertUnused(tx: Tx, demoGroups: readonly (typeof carpoolGroups.$inferSelect)['id'][]): Promise<void> {
  const users = new Set<string>();
  for (const table of [carpoolGroupServices, carpoolUpstreams]) {
    const rows = await tx
      .select({ groupId: table.groupId })
      .from(table)
      .where(and(eq(table.serviceId, simulator.id), notInArray(table.groupId, [...demoGroups])));
    for (const row of rows) users.add(row.groupId);
  }
  if (users.size > 0) {
    throw new Conflict('simulator_in_use', 'other groups use the simulator; remove it there first', { groups: [...users] });
  }
}
