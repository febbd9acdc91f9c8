import { createHash } from 'node:crypto';
import { and, eq, gt } from 'drizzle-orm';
import { z } from 'zod';
import { type Ctx, type Db, Invalid, NotFound } from '../../kernel/index.ts';
import { assertManager, getGroupAccess, getManagedGroup } from '../groups/group-access.ts';
import { carpoolServices, carpoolSignInFlows } from '../tables.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { assertOwnAccounts, lockOwnMembership, personOf } from '../upstreams/own/own-access.ts';
import { isOwnerOf, readUpstream } from '../upstreams/upstream-access.ts';
import type { UpstreamRow } from '../upstreams/upstream-view.ts';
import { Provider } from './provider.ts';
import { clientSecretOf } from './settings.ts';

export type FlowRow = typeof carpoolSignInFlows.$inferSelect;

/** What a sign-in under way has to remember; sealed at rest. `secret`: the code verifier, or the device code. */
const memory = z.object({
  serviceId: z.string(),
  name: z.string(),
  personal: z.boolean(),
  upstreamId: z.string().nullable(),
  priority: z.number(),
  weight: z.number(),
  baseUrl: z.string().nullable(),
  concurrency: z.number().nullable(),
  secret: z.string(),
  intervalS: z.number(),
});
export type Memory = z.infer<typeof memory>;

export function sealMemory(ctx: Pick<Ctx, 'keyring'>, id: string, held: Memory): string {
  return ctx.keyring.seal(JSON.stringify(held), `carpool_sign_in_flows/${id}`);
}

export function openMemory(ctx: Pick<Ctx, 'keyring'>, flow: Pick<FlowRow, 'id' | 'sealed'>): Memory {
  return memory.parse(JSON.parse(ctx.keyring.open(flow.sealed, `carpool_sign_in_flows/${flow.id}`).toString('utf8')));
}

/** The state is a password for ten minutes; what is kept of it is its hash. */
export const idOfState = (state: string) => createHash('sha256').update(state).digest('base64url');

/** Which flow a state names, for the person who began it in this group. */
export function flowOf(ctx: Pick<Ctx, 'actor' | 'clock'>, groupId: string, kind: FlowRow['kind'], state: string) {
  return and(
    eq(carpoolSignInFlows.id, idOfState(state)),
    eq(carpoolSignInFlows.userId, personOf(ctx)),
    eq(carpoolSignInFlows.groupId, groupId as FlowRow['groupId']),
    eq(carpoolSignInFlows.kind, kind),
    gt(carpoolSignInFlows.expiresAt, ctx.clock.now()),
  );
}

export function flowUnknown(): NotFound {
  return new NotFound('sign_in_unknown', 'this sign-in is over, or was begun by somebody else; begin a new one');
}

/** How a service signs in, ready to be asked. 400 `sign_in_not_offered`. */
export async function openProvider(
  db: Db,
  ctx: Pick<Ctx, 'keyring'>,
  policy: AddressPolicy,
  serviceId: string,
): Promise<Provider> {
  const [service] = await db.select().from(carpoolServices).where(eq(carpoolServices.id, serviceId));
  if (!service) throw new Invalid('service_unknown', `there is no service called ${serviceId}`);
  if (!service.oauth) {
    throw new Invalid('sign_in_not_offered', `${serviceId} is not set up for signing in; an administrator can set its oauth`);
  }
  return new Provider(service.oauth, clientSecretOf(ctx, service), policy);
}

type Wish = Pick<Memory, 'serviceId' | 'personal' | 'upstreamId'>;

/**
 * Throws unless the caller may add the account, or sign in to it anew. Gives the account that is signed in to. With a
 * transaction (`lock`) the group is locked until its end.
 */
export async function assertMaySignIn(
  db: Db,
  ctx: Ctx,
  groupId: string,
  wish: Wish,
  lock: boolean,
): Promise<UpstreamRow | undefined> {
  const account = wish.upstreamId === null ? undefined : await readVisible(db, ctx, groupId, wish.upstreamId);
  if (account && account.serviceId !== wish.serviceId) {
    throw new Invalid('service_mismatch', `this account belongs to ${account.serviceId}`);
  }
  if (wish.personal || (account && isOwnerOf(ctx, account))) {
    const group = lock ? await lockOwnMembership(db, ctx, groupId) : (await getGroupAccess(db, ctx, groupId)).group;
    await assertOwnAccounts(db, group.id, wish.serviceId);
    return account;
  }
  if (account && account.ownerId !== null) throw flowUnknown();
  if (lock) await getManagedGroup(db, ctx, groupId);
  else assertManager(await getGroupAccess(db, ctx, groupId));
  return account;
}

async function readVisible(db: Db, ctx: Ctx, groupId: string, upstreamId: string): Promise<UpstreamRow> {
  await getGroupAccess(db, ctx, groupId);
  return await readUpstream(db, ctx, { groupId, upstreamId });
}
