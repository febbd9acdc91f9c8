import { inArray } from 'drizzle-orm';
import type { Db } from '../kernel/index.ts';
import { identityUsers } from './tables.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** Names and addresses of people by their ids; ids that nobody has are left out. */
export async function findPeople(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, Person>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: identityUsers.id, name: identityUsers.name, email: identityUsers.email })
    .from(identityUsers)
    .where(inArray(identityUsers.id, [...new Set(ids)] as (typeof identityUsers.$inferSelect)['id'][]));
  return new Map(rows.map((row) => [row.id, row]));
}
