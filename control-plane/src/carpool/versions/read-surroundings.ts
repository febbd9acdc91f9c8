import { and, eq, ne } from 'drizzle-orm';
import type { Db } from '../../kernel/index.ts';
import type { GroupRow } from '../groups/group-access.ts';
import { isOpen } from '../proxies/proxy-access.ts';
import { quotaIdOf } from '../quotas/rules/rule.ts';
import { carpoolGroupProxies, carpoolKeys, carpoolMemberships, carpoolProxies, carpoolServices } from '../tables.ts';
import type { Surroundings } from './fit-config.ts';

/** What a config of this group may speak of. Which nodes there are is fleet's to know: a name of none serves nobody. */
export async function readSurroundings(tx: Db, groupId: GroupRow['id']): Promise<Surroundings> {
  const services = await tx.select({ id: carpoolServices.id }).from(carpoolServices);
  const proxies = await tx.select({ id: carpoolProxies.id, status: carpoolProxies.status }).from(carpoolProxies);
  const held = await tx
    .select({ id: carpoolGroupProxies.proxyId })
    .from(carpoolGroupProxies)
    .where(eq(carpoolGroupProxies.groupId, groupId));
  const members = await tx
    .select({ id: carpoolMemberships.userId })
    .from(carpoolMemberships)
    .where(eq(carpoolMemberships.groupId, groupId));
  const keys = await tx
    .select({ id: carpoolKeys.id })
    .from(carpoolKeys)
    .where(and(eq(carpoolKeys.groupId, groupId), ne(carpoolKeys.status, 'deleted')));
  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);
  return {
    services: new Set(idsOf(services)),
    proxies: new Set([...idsOf(proxies.filter(({ status }) => isOpen(status))), ...idsOf(held)]),
    members: new Set(idsOf(members)),
    keys: new Set(idsOf(keys)),
    idOfQuota: (place) => quotaIdOf(groupId, place),
  };
}
