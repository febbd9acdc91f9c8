import { groupRouting } from '@aicarpool/shared-protocol';
import type { RoutingChange, RoutingSettings } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../kernel/index.ts';
import { type GroupRow, getGroupAccess, getManagedGroup } from '../groups/group-access.ts';
import { carpoolGroups } from '../tables.ts';

/** How requests of a group find an account; what was never set is as nodes do by default. */
export function routingOf(group: Pick<GroupRow, 'routing'>): RoutingSettings {
  return groupRouting.parse(group.routing);
}

/** For the members of a group. 404 `group_unknown`. */
export async function getRouting(ctx: Ctx, groupId: string): Promise<RoutingSettings> {
  allow(ctx, 'carpool.group.read');
  return routingOf((await getGroupAccess(ctx.db, ctx, groupId)).group);
}

/** Sets how requests of a group find an account; what is absent stays. */
export async function setRouting(ctx: Ctx, groupId: string, change: RoutingChange): Promise<RoutingSettings> {
  allow(ctx, 'carpool.group.update');
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const before = routingOf(group);
    const after = groupRouting.parse({ ...before, ...definedOf(change) });
    await tx.update(carpoolGroups).set({ routing: after, updatedAt: ctx.clock.now() }).where(eq(carpoolGroups.id, group.id));
    await audit(tx, ctx, {
      action: 'carpool.group.update',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before: { routing: before },
      after: { routing: after },
    });
    return after;
  });
}

function definedOf<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}
