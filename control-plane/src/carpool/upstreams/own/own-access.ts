import type { GroupId, UpstreamId, UserId } from '@aicarpool/shared-protocol';
import { and, eq, ne } from 'drizzle-orm';
import { Conflict, type Ctx, type Db, Forbidden, Invalid, NotFound } from '../../../kernel/index.ts';
import type { GroupRow } from '../../groups/group-access.ts';
import { carpoolGroupServices, carpoolGroups, carpoolMemberships, carpoolUpstreams } from '../../tables.ts';
import type { UpstreamRow } from '../upstream-view.ts';

/** The person who calls; 403 `people_only` for nodes and jobs. */
export function personOf(ctx: Pick<Ctx, 'actor'>): UserId {
  if (ctx.actor.kind !== 'user') throw new Forbidden('people_only', 'only a person has accounts of his own');
  return ctx.actor.userId;
}

/** The group, locked with the caller's membership; 404 `group_unknown` to everybody who is not an active member. */
export async function lockOwnMembership(tx: Db, ctx: Pick<Ctx, 'actor'>, groupId: string): Promise<GroupRow> {
  const [found] = await tx
    .select({ group: carpoolGroups })
    .from(carpoolMemberships)
    .innerJoin(carpoolGroups, eq(carpoolGroups.id, carpoolMemberships.groupId))
    .where(
      and(
        eq(carpoolMemberships.groupId, groupId as GroupId),
        eq(carpoolMemberships.userId, personOf(ctx)),
        eq(carpoolMemberships.status, 'active'),
      ),
    )
    .for('update');
  if (!found) throw new NotFound('group_unknown', 'there is no such group, or you are not in it');
  if (found.group.status === 'closed') throw new Conflict('group_closed', 'the group is closed');
  return found.group;
}

/** Throws 400 `own_accounts_not_used` unless members bring their own accounts for this service of the group. */
export async function assertOwnAccounts(db: Db, groupId: GroupId, serviceId: string): Promise<void> {
  const [service] = await db
    .select({ authMethod: carpoolGroupServices.authMethod })
    .from(carpoolGroupServices)
    .where(and(eq(carpoolGroupServices.groupId, groupId), eq(carpoolGroupServices.serviceId, serviceId)));
  if (service?.authMethod === 'individual_keys') return;
  throw new Invalid(
    'own_accounts_not_used',
    `members of this group bring no accounts of their own for ${serviceId}; a manager can set its auth_method to individual_keys`,
    { service: serviceId },
  );
}

/** An account of the caller, not locked; 404 `upstream_unknown`. */
export async function readOwnUpstream(db: Db, ctx: Pick<Ctx, 'actor'>, upstreamId: string): Promise<UpstreamRow> {
  const [row] = await db
    .select()
    .from(carpoolUpstreams)
    .where(
      and(
        eq(carpoolUpstreams.id, upstreamId as UpstreamId),
        eq(carpoolUpstreams.ownerId, personOf(ctx)),
        ne(carpoolUpstreams.status, 'deleted'),
      ),
    );
  if (!row) throw new NotFound('upstream_unknown', 'you have no such account');
  return row;
}
