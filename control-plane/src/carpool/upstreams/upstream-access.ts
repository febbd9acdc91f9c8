import type { UpstreamId } from '@aicarpool/shared-protocol';
import { and, eq, ne } from 'drizzle-orm';
import { type Ctx, type Db, NotFound } from '../../kernel/index.ts';
import { isAdministrator } from '../groups/group-access.ts';
import { carpoolUpstreams } from '../tables.ts';
import type { UpstreamRow } from './upstream-view.ts';

export interface UpstreamName {
  readonly groupId: string;
  readonly upstreamId: string;
}

/** Is the account shared, or the caller's own, or is he an administrator? */
export function maySee(ctx: Pick<Ctx, 'actor'>, row: Pick<UpstreamRow, 'ownerId'>): boolean {
  return row.ownerId === null || isOwnerOf(ctx, row) || isAdministrator(ctx);
}

export function isOwnerOf(ctx: Pick<Ctx, 'actor'>, row: Pick<UpstreamRow, 'ownerId'>): boolean {
  return ctx.actor.kind === 'user' && row.ownerId === ctx.actor.userId;
}

/** An account of a group; 404 `upstream_unknown` where there is none, or it is somebody else's own. */
export async function readUpstream(db: Db, ctx: Pick<Ctx, 'actor'>, { groupId, upstreamId }: UpstreamName): Promise<UpstreamRow> {
  const [row] = await db
    .select()
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.id, upstreamId as UpstreamId), ne(carpoolUpstreams.status, 'deleted')));
  if (row?.groupId !== groupId || !maySee(ctx, row)) throw new NotFound('upstream_unknown', 'the group has no such account');
  return row;
}
