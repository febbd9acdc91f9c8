import {
  type GroupId,
  type GroupResource,
  globalScope,
  type KeyId,
  type KeyResource,
  type ProxyId,
  type ProxyResource,
  type QuotaId,
  type QuotaResource,
  type ServiceResource,
  type Upsert,
  type UpstreamId,
  type UpstreamResource,
} from '@aicarpool/shared-protocol';
import { and, asc, eq, inArray, ne, type SQL } from 'drizzle-orm';
import type { Db } from '../kernel/index.ts';
import {
  carpoolGroupProxies,
  carpoolGroupServices,
  carpoolGroups,
  carpoolKeys,
  carpoolModels,
  carpoolProxies,
  carpoolQuotas,
  carpoolServices,
  carpoolUpstreams,
} from './tables.ts';
import {
  toGroupResource,
  toKeyResource,
  toProxyResource,
  toQuotaResource,
  toServiceResource,
  toUpstreamResource,
} from './traffic/wire-shapes.ts';

/** One resource of a scope, in the shape that nodes are told. */
export type Fact = Omit<Upsert, 'rev'>;
type Resource = ServiceResource | GroupResource | UpstreamResource | ProxyResource | QuotaResource | KeyResource;

/** Everything in a scope: services of `global`; the group, its accounts, proxies and keys of the scope that a group id names. */
export async function readScope(tx: Db, scope: string): Promise<readonly Fact[]> {
  if (scope === globalScope) return await readServiceFacts(tx);
  return [
    ...(await readGroupFact(tx, scope)),
    ...(await readUpstreamFacts(tx, scope)),
    ...(await readProxyFacts(tx, scope)),
    ...(await readQuotaFacts(tx, scope)),
    ...(await readKeyFacts(tx, scope)),
  ];
}

/** Those of the named resources that are in the scope now; what is gone, or never was, is not given. */
export async function readResources(
  tx: Db,
  scope: string,
  names: readonly { readonly kind: string; readonly id: string }[],
): Promise<readonly Fact[]> {
  const idsOf = (kind: string) => [...new Set(names.filter((name) => name.kind === kind).map((name) => name.id))];
  if (scope === globalScope) return await readServiceFacts(tx, idsOf('service'));
  const group = idsOf('group').includes(scope) ? await readGroupFact(tx, scope) : [];
  return [
    ...group,
    ...(await readUpstreamFacts(tx, scope, idsOf('upstream'))),
    ...(await readProxyFacts(tx, scope, idsOf('proxy'))),
    ...(await readQuotaFacts(tx, scope, idsOf('quota'))),
    ...(await readKeyFacts(tx, scope, idsOf('key'))),
  ];
}

/** What placement needs to know of every group. */
export async function listPlaceableGroups(tx: Db) {
  const rows = await tx
    .select({
      id: carpoolGroups.id,
      status: carpoolGroups.status,
      mode: carpoolGroups.deploymentMode,
      nodeIds: carpoolGroups.deploymentNodeIds,
    })
    .from(carpoolGroups)
    .orderBy(asc(carpoolGroups.id));
  return rows.map((row) => ({ ...row, nodeIds: row.nodeIds ?? [] }));
}

async function readServiceFacts(tx: Db, ids?: readonly string[]): Promise<Fact[]> {
  if (ids?.length === 0) return [];
  const services = await tx
    .select()
    .from(carpoolServices)
    .where(ids && inArray(carpoolServices.id, [...ids]))
    .orderBy(asc(carpoolServices.id));
  const models = await tx
    .select()
    .from(carpoolModels)
    .where(ids && inArray(carpoolModels.serviceId, [...ids]));
  const byService = Map.groupBy(models, (model) => model.serviceId);
  return services.map((service) => fact('service', toServiceResource(service, byService.get(service.id) ?? [])));
}

async function readGroupFact(tx: Db, groupId: string): Promise<Fact[]> {
  const [group] = await tx
    .select()
    .from(carpoolGroups)
    .where(eq(carpoolGroups.id, groupId as GroupId));
  if (!group) return [];
  const services = await tx.select().from(carpoolGroupServices).where(eq(carpoolGroupServices.groupId, group.id));
  return [fact('group', toGroupResource(group, services))];
}

async function readUpstreamFacts(tx: Db, groupId: string, ids?: readonly string[]): Promise<Fact[]> {
  if (ids?.length === 0) return [];
  const named: SQL | undefined = ids && inArray(carpoolUpstreams.id, ids as UpstreamId[]);
  const rows = await tx
    .select()
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.groupId, groupId as GroupId), ne(carpoolUpstreams.status, 'deleted'), named))
    .orderBy(asc(carpoolUpstreams.id));
  return rows.flatMap((row) => toUpstreamResource(row) ?? []).map((resource) => fact('upstream', resource));
}

async function readProxyFacts(tx: Db, groupId: string, ids?: readonly string[]): Promise<Fact[]> {
  if (ids?.length === 0) return [];
  const named: SQL | undefined = ids && inArray(carpoolGroupProxies.proxyId, ids as ProxyId[]);
  const rows = await tx
    .select({ proxy: carpoolProxies, use: carpoolGroupProxies })
    .from(carpoolGroupProxies)
    .innerJoin(carpoolProxies, eq(carpoolProxies.id, carpoolGroupProxies.proxyId))
    .where(and(eq(carpoolGroupProxies.groupId, groupId as GroupId), named))
    .orderBy(asc(carpoolProxies.id));
  return rows.map(({ proxy, use }) => fact('proxy', toProxyResource(proxy, use)));
}

async function readQuotaFacts(tx: Db, groupId: string, ids?: readonly string[]): Promise<Fact[]> {
  if (ids?.length === 0) return [];
  const named: SQL | undefined = ids && inArray(carpoolQuotas.id, ids as QuotaId[]);
  const rows = await tx
    .select()
    .from(carpoolQuotas)
    .where(and(eq(carpoolQuotas.groupId, groupId as GroupId), named))
    .orderBy(asc(carpoolQuotas.id));
  return rows.map((row) => fact('quota', toQuotaResource(row)));
}

export interface QuotaFact {
  readonly quota: QuotaResource;
  /** In which its windows begin. */
  readonly timeZone: string;
  /** Share of the limit, in percent, at which its people are told. */
  readonly alertPercent: number;
}

/** The named quotas. What is gone is not given. */
export async function readQuotas(tx: Db, ids: readonly string[]): Promise<readonly QuotaFact[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .select({ quota: carpoolQuotas, timeZone: carpoolGroups.timeZone })
    .from(carpoolQuotas)
    .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolQuotas.groupId))
    .where(inArray(carpoolQuotas.id, [...ids] as QuotaId[]));
  return rows.map(({ quota, timeZone }) => ({ quota: toQuotaResource(quota), timeZone, alertPercent: quota.alertPercent }));
}

async function readKeyFacts(tx: Db, groupId: string, ids?: readonly string[]): Promise<Fact[]> {
  if (ids?.length === 0) return [];
  const named: SQL | undefined = ids && inArray(carpoolKeys.id, ids as KeyId[]);
  const rows = await tx
    .select()
    .from(carpoolKeys)
    .where(and(eq(carpoolKeys.groupId, groupId as GroupId), ne(carpoolKeys.status, 'deleted'), named))
    .orderBy(asc(carpoolKeys.id));
  return rows.map((row) => fact('key', toKeyResource(row)));
}

function fact(kind: string, resource: Resource): Fact {
  return { kind, id: resource.id, body: resource as unknown as Fact['body'] };
}
