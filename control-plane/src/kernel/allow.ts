import type { Actor, Ctx } from './context.ts';
import { Forbidden, Unauthenticated } from './errors.ts';
import { type Holder, type Permission, permissions } from './permissions.ts';

/** First line of every verb: throws 401 or 403 unless the actor holds the permission. */
export function allow(ctx: Pick<Ctx, 'actor'>, permission: Permission): void {
  if (isAllowed(ctx.actor, permission)) return;
  if (ctx.actor.kind === 'anonymous') throw new Unauthenticated('unauthenticated', 'sign in first');
  throw new Forbidden('forbidden', 'your role does not allow this', { permission });
}

/** The same question, answered instead of enforced. */
export function isAllowed(actor: Actor, permission: Permission): boolean {
  if (actor.kind === 'system') return true;
  const holders: readonly Holder[] = permissions[permission];
  return holders.includes(actor.kind === 'user' ? actor.role : actor.kind);
}
