import { newId, parseCidr, type UserId } from '@aicarpool/shared-protocol';
import { type NewGroup, type NewKey, type NewUpstream, newGroup, newKey, newUpstream } from '@aicarpool/shared-protocol/console';
import type { z } from 'zod';
import { createGroup } from '../src/carpool/groups/create-group.ts';
import { issueKey } from '../src/carpool/keys/issue-key.ts';
import { ensureServices } from '../src/carpool/services/ensure-services.ts';
import { carpoolMemberships } from '../src/carpool/tables.ts';
import { addUpstream } from '../src/carpool/upstreams/add-upstream.ts';
import type { AddressPolicy } from '../src/carpool/upstreams/base-url.ts';
import { identityUsers } from '../src/identity/tables.ts';
import type { Ctx, Role } from '../src/kernel/index.ts';
import { type TestPg, testCtx } from './pg.ts';

/** A policy that resolves the names it is told, and nothing outside. */
export function addressPolicy(hosts: Readonly<Record<string, readonly string[]>> = {}, ...allowed: string[]): AddressPolicy {
  const cidrs = allowed.map((text) => {
    const cidr = parseCidr(text);
    if (!cidr) throw new RangeError(text);
    return cidr;
  });
  return { allowed: cidrs, resolve: async (host) => hosts[host] ?? [] };
}

/** A person of this role, signed in. */
export async function newPerson(
  pg: TestPg,
  role: Role = 'group_manager',
  over: Partial<Ctx> = {},
): Promise<Ctx & { userId: UserId }> {
  const userId = newId('user');
  await pg.db.insert(identityUsers).values({ id: userId, name: 'A person', email: `${userId}@example.com`, role });
  return { ...testCtx(pg, { kind: 'user', userId, role, sessionId: 'session' }, over), userId };
}

/** A database with the built-in services. */
export async function withServices(pg: TestPg): Promise<void> {
  await ensureServices(testCtx(pg));
}

export async function makeGroup(ctx: Ctx, over: Partial<z.input<typeof newGroup>> = {}) {
  return await createGroup(ctx, newGroup.parse({ name: 'A group', ...over }) satisfies NewGroup);
}

export async function makeUpstream(ctx: Ctx, groupId: string, over: Partial<z.input<typeof newUpstream>> = {}) {
  const wish = { service_name: 'claude', name: newId('upstream'), credential: 'sk-ant-api03-plain-credential', ...over };
  return await addUpstream(ctx, addressPolicy(), groupId, newUpstream.parse(wish) satisfies NewUpstream);
}

export async function makeKey(ctx: Ctx, over: Partial<z.input<typeof newKey>> = {}) {
  return await issueKey(ctx, newKey.parse({ name: 'A key', ...over }) satisfies NewKey);
}

/** Lets a person into a group. */
export async function join(person: Ctx & { userId: UserId }, group: { id: string }, role: 'manager' | 'member' = 'member') {
  await person.db.insert(carpoolMemberships).values({
    id: newId('membership'),
    groupId: group.id as (typeof carpoolMemberships.$inferInsert)['groupId'],
    userId: person.userId,
    role,
    status: 'active',
    joinedAt: person.clock.now(),
  });
}
