import { allow, type Ctx } from '../kernel/index.ts';
import { getGroupAccess } from './groups/group-access.ts';
import { readServicePlans } from './groups/read-group-services.ts';
import { getKeyAccess } from './keys/key-access.ts';

/** A group as statistics need it. 404 `group_unknown` to strangers. */
export async function viewGroup(ctx: Ctx, groupId: string) {
  allow(ctx, 'carpool.group.read');
  const { group, canManage } = await getGroupAccess(ctx.db, ctx, groupId);
  const services = await readServicePlans(ctx.db, group.id);
  return {
    groupId: group.id as string,
    timeZone: group.timeZone,
    services: services.filter((service) => service.enabled).map((service) => service.serviceId),
    seesAll: canManage,
  };
}

/** A key as statistics need it. 404 `key_unknown` to strangers. */
export async function viewKey(ctx: Ctx, keyId: string) {
  allow(ctx, 'carpool.key.read');
  const { key, group } = await getKeyAccess(ctx.db, ctx, keyId);
  return {
    keyId: key.id as string,
    name: key.name,
    groupId: group.id as string,
    userId: key.userId as string,
    timeZone: group.timeZone,
    tokenLimit: key.tokenLimit,
  };
}
