import { randomBytes } from 'node:crypto';
import type { GroupId } from '@aicarpool/shared-protocol';
import { asc, desc, eq } from 'drizzle-orm';
import type { Ctx, Db } from '../../../kernel/index.ts';
import { carpoolDataKeys } from '../../tables.ts';
import type { DataKey } from './seal-credential.ts';

/** The newest data key of a group; made when there is none yet, in the caller's transaction. */
export async function ensureDataKey(tx: Db, ctx: Pick<Ctx, 'keyring' | 'clock'>, groupId: GroupId): Promise<DataKey> {
  const held = await newestDataKey(tx, ctx, groupId);
  if (held) return held;
  const wrapped = ctx.keyring.seal(randomBytes(32), dataKeyAad(groupId, 1));
  await tx.insert(carpoolDataKeys).values({ groupId, version: 1, wrapped, createdAt: ctx.clock.now() }).onConflictDoNothing();
  const made = await newestDataKey(tx, ctx, groupId);
  if (!made) throw new Error('a data key that was just written is not there');
  return made;
}

/** Every data key of a group in clear, oldest first: for sealing to a node that serves the group, and nothing else. */
export async function dataKeysOf(ctx: Pick<Ctx, 'keyring'>, tx: Db, groupId: string): Promise<readonly DataKey[]> {
  const rows = await tx
    .select()
    .from(carpoolDataKeys)
    .where(eq(carpoolDataKeys.groupId, groupId as GroupId))
    .orderBy(asc(carpoolDataKeys.version));
  return rows.map((row) => unwrap(ctx, row));
}

async function newestDataKey(tx: Db, ctx: Pick<Ctx, 'keyring'>, groupId: GroupId): Promise<DataKey | undefined> {
  const [row] = await tx
    .select()
    .from(carpoolDataKeys)
    .where(eq(carpoolDataKeys.groupId, groupId))
    .orderBy(desc(carpoolDataKeys.version))
    .limit(1);
  return row && unwrap(ctx, row);
}

function unwrap(ctx: Pick<Ctx, 'keyring'>, row: typeof carpoolDataKeys.$inferSelect): DataKey {
  return { version: row.version, key: ctx.keyring.open(row.wrapped, dataKeyAad(row.groupId, row.version)) };
}

export const dataKeyAad = (groupId: string, version: number): string => `carpool_data_keys/${groupId}/${version}`;
