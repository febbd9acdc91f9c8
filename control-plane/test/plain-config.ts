import { randomBytes } from 'node:crypto';
import { type GroupId, globalScope, type NodeId, newId, type UpstreamId, type UserId } from '@aicarpool/shared-protocol';
import { eq, inArray } from 'drizzle-orm';
import { carpoolGroups, carpoolKeys, carpoolServices, carpoolUpstreams } from '../src/carpool/tables.ts';
import type { Fact, Facts } from '../src/fleet/index.ts';
import { identityUsers } from '../src/identity/tables.ts';
import type { Db } from '../src/kernel/index.ts';

const now = new Date('2026-11-21T00:00:00Z');

/** Data keys of groups by id, in clear; a test looks for them where they must not be. */
export const plainDataKeys = new Map<string, Buffer>();

/** Config read straight from the tables, so that fleet is tested against real rows and triggers and nothing else of carpool. */
export const plainFacts: Facts = {
  async listPlaceableGroups(tx) {
    const rows = await tx.select().from(carpoolGroups);
    return rows.map((row) => ({
      id: row.id,
      status: row.status,
      mode: row.deploymentMode,
      nodeIds: row.deploymentNodeIds ?? [],
    }));
  },
  readFactAt: async () => undefined,
  readScope: (tx, scope) => readFacts(tx, scope),
  async readResources(tx, scope, names) {
    const wanted = new Set(names.map(({ kind, id }) => `${kind}/${id}`));
    return (await readFacts(tx, scope)).filter(({ kind, id }) => wanted.has(`${kind}/${id}`));
  },
  async dataKeysOf(_ctx, _tx, groupId) {
    const key = plainDataKeys.get(groupId);
    return key ? [{ version: 1, key }] : [];
  },
};

async function readFacts(tx: Db, scope: string): Promise<Fact[]> {
  if (scope === globalScope) {
    const services = await tx.select().from(carpoolServices);
    return services.map(({ id, baseUrl }) => ({ kind: 'service', id, body: { id, base_url: baseUrl } }));
  }
  const groupId = scope as GroupId;
  const groups = await tx.select().from(carpoolGroups).where(eq(carpoolGroups.id, groupId));
  const upstreams = await tx.select().from(carpoolUpstreams).where(eq(carpoolUpstreams.groupId, groupId));
  const keys = await tx.select().from(carpoolKeys).where(eq(carpoolKeys.groupId, groupId));
  return [
    ...groups.map(({ id, name }) => ({ kind: 'group', id, body: { id, name } })),
    ...upstreams
      .filter(({ status }) => status !== 'deleted')
      .map(({ id, name, serviceId, credential }) => ({
        kind: 'upstream',
        id,
        body: { id, name, service: serviceId, credential },
      })),
    ...keys
      .filter(({ status }) => status !== 'deleted')
      .map(({ id, hash, status }) => ({ kind: 'key', id, body: { id, hash, status } })),
  ];
}

const ownerId = 'usr_owner' as UserId;

/** An active distributed group unless `over` says otherwise. */
export async function insertGroup(db: Db, over: Partial<typeof carpoolGroups.$inferInsert> = {}): Promise<GroupId> {
  await db.insert(identityUsers).values({ id: ownerId, name: 'Owner', email: 'owner@test' }).onConflictDoNothing();
  const id = newId('group');
  plainDataKeys.set(id, randomBytes(32));
  await db.insert(carpoolGroups).values({
    id,
    name: `group ${id}`,
    description: '',
    managerId: ownerId,
    maxMembers: 5,
    status: 'active',
    deploymentMode: 'distributed',
    failoverEnabled: true,
    timeZone: 'UTC',
    maxKeysPerUser: 5,
    createdAt: now,
    updatedAt: now,
    ...over,
  });
  return id;
}

export async function insertKeys(db: Db, groupId: GroupId, count = 1): Promise<string[]> {
  const rows = Array.from({ length: count }, () => ({
    id: newId('key'),
    hash: randomBytes(32).toString('hex'),
    hint: '',
    userId: ownerId,
    groupId,
    name: '',
    description: '',
    status: 'active' as const,
    restrictsModels: false,
    createdAt: now,
    updatedAt: now,
  }));
  for (let start = 0; start < count; start += 1000) await db.insert(carpoolKeys).values(rows.slice(start, start + 1000));
  return rows.map(({ id }) => id);
}

export async function insertUpstream(db: Db, groupId: GroupId, name: string): Promise<UpstreamId> {
  const service = {
    id: 'claude',
    displayName: 'Claude',
    baseUrl: 'https://x',
    dialects: {},
    onClientGone: 'abort',
    modelPatterns: [],
  } as const;
  const headers = { api_key: 'x-api-key', oauth: 'authorization-bearer', bearer_token: 'authorization-bearer' } as const;
  const serviceRow = { ...service, modelPatterns: [], credentialHeaders: headers, createdAt: now, updatedAt: now };
  await db.insert(carpoolServices).values(serviceRow).onConflictDoNothing();
  const id = newId('upstream');
  await db.insert(carpoolUpstreams).values({
    id,
    groupId,
    serviceId: 'claude',
    name,
    authType: 'api_key',
    credential: { key_version: 1, nonce: 'AAAA', ciphertext: 'AAAA' },
    priority: 1,
    weight: 1,
    status: 'active',
    createdAt: now,
    updatedAt: now,
  });
  return id;
}

export async function changeGroup(db: Db, groupId: GroupId, change: Partial<typeof carpoolGroups.$inferInsert>): Promise<void> {
  await db.update(carpoolGroups).set(change).where(eq(carpoolGroups.id, groupId));
}

export async function deleteKeys(db: Db, keyIds: readonly string[]): Promise<void> {
  await db.delete(carpoolKeys).where(inArray(carpoolKeys.id, keyIds as (typeof carpoolKeys.$inferSelect.id)[]));
}

export async function nameNodes(db: Db, groupId: GroupId, nodeIds: readonly string[]): Promise<void> {
  await changeGroup(db, groupId, { deploymentNodeIds: nodeIds as NodeId[] });
}
