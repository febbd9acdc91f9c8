import { newId, type UserId } from '@aicarpool/shared-protocol';
import { identityUsers } from '../src/identity/tables.ts';
import type { Actor, Ctx, Role } from '../src/kernel/index.ts';

/** A person in the database. */
export async function newUser(ctx: Pick<Ctx, 'db'>, over: Partial<typeof identityUsers.$inferInsert> = {}) {
  const id = newId('user');
  const [user] = await ctx.db
    .insert(identityUsers)
    .values({ id, name: 'Somebody', email: `${id}@example.com`, role: 'group_member', ...over })
    .returning();
  if (!user) throw new Error('nobody was made');
  return user;
}

/** That person as the one who acts. */
export function actorOf(user: { readonly id: UserId; readonly role: Role }): Extract<Actor, { kind: 'user' }> {
  return { kind: 'user', userId: user.id, role: user.role, sessionId: 'ses_test' };
}
