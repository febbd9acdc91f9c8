import { and, eq, ne } from 'drizzle-orm';
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
    await assertUnused(tx);
    await tx.delete(carpoolUpstreams).where(eq(carpoolUpstreams.serviceId, simulator.id));
    await tx.delete(carpoolGroupServices).where(eq(carpoolGroupServices.serviceId, simulator.id));
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

// A closed group uses nothing any more, nor does one that switched the simulator off and has no account of it.
async function assertUnused(tx: Tx): Promise<void> {
  const isOther = and(eq(carpoolGroups.isDemo, false), ne(carpoolGroups.status, 'closed'));
  const enabled = await tx
    .select({ id: carpoolGroups.id })
    .from(carpoolGroupServices)
    .innerJoin(carpoolGroups, and(eq(carpoolGroups.id, carpoolGroupServices.groupId), isOther))
    .where(and(eq(carpoolGroupServices.serviceId, simulator.id), eq(carpoolGroupServices.enabled, true)));
  const accounts = await tx
    .select({ id: carpoolGroups.id })
    .from(carpoolUpstreams)
    .innerJoin(carpoolGroups, and(eq(carpoolGroups.id, carpoolUpstreams.groupId), isOther))
    .where(and(eq(carpoolUpstreams.serviceId, simulator.id), ne(carpoolUpstreams.status, 'deleted')));
  const groups = [...new Set([...enabled, ...accounts].map(({ id }) => id))];
  if (groups.length > 0) {
    throw new Conflict('simulator_in_use', 'other groups use the simulator; remove its accounts and switch it off there first', {
      groups,
    });
  }
}
