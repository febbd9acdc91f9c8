import type { UpstreamId } from '@aicarpool/shared-protocol';
import { and, inArray, isNotNull, ne } from 'drizzle-orm';
import type { Db } from '../../../kernel/index.ts';
import { carpoolUpstreams } from '../../tables.ts';

/** An account that has a secret, and since when it is this one. */
export interface KnownCredential {
  readonly upstreamId: string;
  readonly name: string;
  readonly service: string;
  readonly groupId: string;
  readonly secretSetAt: Date;
}

/** Those of the accounts that still have a secret. */
export async function knownCredentials(tx: Db, upstreamIds: readonly string[]): Promise<KnownCredential[]> {
  if (upstreamIds.length === 0) return [];
  const table = carpoolUpstreams;
  return await tx
    .select({
      upstreamId: table.id,
      name: table.name,
      service: table.serviceId,
      groupId: table.groupId,
      secretSetAt: table.secretSetAt,
    })
    .from(table)
    .where(and(inArray(table.id, upstreamIds as UpstreamId[]), ne(table.status, 'deleted'), isNotNull(table.credential)));
}
