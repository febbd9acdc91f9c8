import { randomBytes } from 'node:crypto';
import type { GroupId, SealedSecret } from '@aicarpool/shared-protocol';
import { and, eq, isNotNull, lt, max, notInArray } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, inTransaction, NotFound } from '../../../kernel/index.ts';
import { carpoolDataKeys, carpoolGroupProxies, carpoolGroups, carpoolUpstreams } from '../../tables.ts';
import { dataKeyAad, dataKeysOf } from './data-keys.ts';
import { type DataKey, openCredential, sealCredential } from './seal-credential.ts';

export interface RotatedDataKey {
  readonly version: number;
  /** Secrets that were sealed anew. */
  readonly resealed: number;
}

/**
 * Gives a group a new data key and seals its secrets under it. Nodes that serve the group get the key with their next sync; one
 * that was removed opens nothing that is sealed from now on. What it knows already only a new secret at the provider takes away.
 */
export async function rotateDataKey(ctx: Ctx, groupId: string, reason: string): Promise<RotatedDataKey> {
  allow(ctx, 'carpool.data_key.rotate');
  return await inTransaction(ctx, async (tx) => {
    const id = groupId as GroupId;
    const [group] = await tx.select({ id: carpoolGroups.id }).from(carpoolGroups).where(eq(carpoolGroups.id, id)).for('update');
    if (!group) throw new NotFound('group_unknown', 'there is no such group');
    const next = await newDataKey(tx, ctx, id);
    const opened = new Map((await dataKeysOf(ctx, tx, groupId)).map((key) => [key.version, key]));
    const reseal = (owner: string, sealed: SealedSecret) => resealed(ctx, { opened, next, groupId }, owner, sealed);
    const count = (await resealUpstreams(tx, id, reseal)) + (await resealProxies(tx, id, reseal));
    await forgetUnused(tx, id, next.version);
    await audit(tx, ctx, {
      action: 'carpool.data_key.rotate',
      target: { kind: 'group', id: groupId },
      groupId,
      after: { version: next.version, texts: count, reason },
    });
    return { version: next.version, resealed: count };
  });
}

async function newDataKey(tx: Db, ctx: Ctx, groupId: GroupId): Promise<DataKey> {
  const table = carpoolDataKeys;
  const [newest] = await tx
    .select({ version: max(table.version) })
    .from(table)
    .where(eq(table.groupId, groupId));
  const version = (newest?.version ?? 0) + 1;
  const key = randomBytes(32);
  const wrapped = ctx.keyring.seal(key, dataKeyAad(groupId, version));
  await tx.insert(table).values({ groupId, version, wrapped, createdAt: ctx.clock.now() });
  return { version, key };
}

type Reseal = (owner: string, sealed: SealedSecret) => SealedSecret | undefined;

async function resealUpstreams(tx: Db, groupId: GroupId, reseal: Reseal): Promise<number> {
  const table = carpoolUpstreams;
  const rows = await tx
    .select({ id: table.id, credential: table.credential })
    .from(table)
    .where(and(eq(table.groupId, groupId), isNotNull(table.credential)));
  let count = 0;
  for (const { id, credential } of rows) {
    const sealed = credential && reseal(id, credential);
    if (!sealed) continue;
    await tx.update(table).set({ credential: sealed }).where(eq(table.id, id));
    count += 1;
  }
  return count;
}

async function resealProxies(tx: Db, groupId: GroupId, reseal: Reseal): Promise<number> {
  const table = carpoolGroupProxies;
  const rows = await tx
    .select()
    .from(table)
    .where(and(eq(table.groupId, groupId), isNotNull(table.password)));
  let count = 0;
  for (const { proxyId, password } of rows) {
    const sealed = password && reseal(proxyId, password);
    if (!sealed) continue;
    await tx
      .update(table)
      .set({ password: sealed })
      .where(and(eq(table.groupId, groupId), eq(table.proxyId, proxyId)));
    count += 1;
  }
  return count;
}

interface Keys {
  readonly opened: ReadonlyMap<number, DataKey>;
  readonly next: DataKey;
  readonly groupId: string;
}

/** A secret that nothing opens any more must not keep the others from getting a new key. */
function resealed(ctx: Ctx, { opened, next, groupId }: Keys, upstreamId: string, sealed: SealedSecret): SealedSecret | undefined {
  const key = opened.get(sealed.key_version);
  try {
    if (!key) throw new Error('its data key is gone');
    return sealCredential(next, { upstreamId, groupId }, openCredential(key, { upstreamId, groupId }, sealed));
  } catch (error) {
    ctx.log.error({ group: groupId, upstream: upstreamId, error }, 'a secret that does not open was left as it is');
    return undefined;
  }
}

/** Keeps the newest, the one before it (nodes may not have asked yet) and those that something is still sealed under. */
async function forgetUnused(tx: Db, groupId: GroupId, newest: number): Promise<void> {
  const upstreams = await tx
    .select({ sealed: carpoolUpstreams.credential })
    .from(carpoolUpstreams)
    .where(eq(carpoolUpstreams.groupId, groupId));
  const proxies = await tx
    .select({ sealed: carpoolGroupProxies.password })
    .from(carpoolGroupProxies)
    .where(eq(carpoolGroupProxies.groupId, groupId));
  const used = [newest, ...[...upstreams, ...proxies].flatMap(({ sealed }) => sealed?.key_version ?? [])];
  const table = carpoolDataKeys;
  await tx.delete(table).where(and(eq(table.groupId, groupId), lt(table.version, newest - 1), notInArray(table.version, used)));
}
