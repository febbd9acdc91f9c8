import type { GroupId } from '@aicarpool/shared-protocol';
import { and, eq, ne } from 'drizzle-orm';
import { Conflict, type Db } from '../../kernel/index.ts';
import { carpoolUpstreams } from '../tables.ts';

/** Throws 409 `name_taken` when another account of the group has the name. The group row must be locked. */
export async function assertFreeName(tx: Db, groupId: GroupId, name: string): Promise<void> {
  const [taken] = await tx
    .select({ id: carpoolUpstreams.id })
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.groupId, groupId), eq(carpoolUpstreams.name, name), ne(carpoolUpstreams.status, 'deleted')));
  if (taken) throw new Conflict('name_taken', 'another account of the group has this name');
}
