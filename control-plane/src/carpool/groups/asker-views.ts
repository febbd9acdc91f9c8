import { allow, type Ctx, Invalid } from '../../kernel/index.ts';
import { getKeyAccess } from '../keys/key-access.ts';
import { isOwnerOf, readUpstream } from '../upstreams/upstream-access.ts';
import { assertManager, getGroupAccess } from './group-access.ts';
import { readServicePlans } from './read-group-services.ts';
import { readMembers } from './read-members.ts';

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

/** A group with everyone in it, as statements need it. 404 `group_unknown` to strangers. */
export async function viewPeople(ctx: Ctx, groupId: string) {
  allow(ctx, 'carpool.group.read');
  const { group, canManage } = await getGroupAccess(ctx.db, ctx, groupId);
  const members = await readMembers(ctx.db, group.id, { page: 1, limit: 100_000 });
  return {
    groupId: group.id as string,
    name: group.name,
    timeZone: group.timeZone,
    createdAt: group.createdAt,
    seesAll: canManage,
    members: members.map(({ id, name, joined_at }) => ({ userId: id as string, name, joinedAt: new Date(joined_at) })),
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

/** A service of a group that its manager may try out. 404 to strangers, 403 to members, 400 `service_not_in_group`. */
export async function viewServiceToTest(ctx: Ctx, groupId: string, serviceId: string) {
  allow(ctx, 'carpool.upstream.test');
  const access = await getGroupAccess(ctx.db, ctx, groupId);
  assertManager(access);
  const services = await readServicePlans(ctx.db, access.group.id);
  if (!services.some((service) => service.serviceId === serviceId)) {
    throw new Invalid('service_not_in_group', `the group does not use ${serviceId}`, { services: [serviceId] });
  }
  return { groupId: access.group.id as string, serviceId };
}

/** An account that may be tried out: by its owner, and by managers where it is shared. 404 `upstream_unknown`. */
export async function viewAccountToTest(ctx: Ctx, groupId: string, upstreamId: string) {
  allow(ctx, 'carpool.upstream.test');
  const access = await getGroupAccess(ctx.db, ctx, groupId);
  const account = await readUpstream(ctx.db, ctx, { groupId, upstreamId });
  if (!isOwnerOf(ctx, account)) assertManager(access);
  return { groupId, serviceId: account.serviceId, upstreamId: account.id as string, name: account.name };
}
