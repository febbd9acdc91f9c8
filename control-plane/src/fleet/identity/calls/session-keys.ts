import { createSecretKey, type KeyObject } from 'node:crypto';
import type { CallMac, SessionKey } from '@aicarpool/shared-protocol';
import { and, eq, getTableColumns, lt, max } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { fleetNonces, fleetSessionKeys } from '../identity-tables.ts';
import { exchangeKeys } from '../key-exchange.ts';
import type { SigningKeys } from '../signing-keys/signing-keys.ts';

/** A key that was stolen is good for no longer than this. */
export const sessionKeyValidS = 900;
/** Keys that expired stay for a while, so that a late call is told so and not that its key never was. */
const keepExpiredMs = 3_600_000;

export const sessionKeyAad = (nodeId: string, sessionNo: number, generation: number): string =>
  `fleet_session_keys/${nodeId}/${sessionNo}/${generation}`;

export interface KeyWish {
  readonly node: Pick<NodeRow, 'id'>;
  readonly bootId: string;
  readonly sessionNo: number;
  readonly nodeExchange: string;
}

/** Makes the next key of a session and keeps it sealed, for every replica to find. No allow: the verb that opens or renews has asked. */
export async function issueSessionKey(ctx: Ctx, keys: SigningKeys, wish: KeyWish): Promise<SessionKey> {
  const { node, bootId, sessionNo, nodeExchange } = wish;
  const table = fleetSessionKeys;
  const ofSession = and(eq(table.nodeId, node.id), eq(table.sessionNo, sessionNo));
  const [newest] = await ctx.db
    .select({ generation: max(table.generation) })
    .from(table)
    .where(ofSession);
  const generation = (newest?.generation ?? 0) + 1;
  const { exchange, key } = exchangeKeys({ nodeId: node.id, sessionNo, generation, nodeExchange });
  await ctx.db.insert(table).values({
    nodeId: node.id,
    sessionNo,
    generation,
    sealed: ctx.keyring.seal(key, sessionKeyAad(node.id, sessionNo, generation)),
    bootId,
    address: ctx.address,
    expiresAt: new Date(ctx.clock.now().getTime() + sessionKeyValidS * 1000),
  });
  return { exchange, generation, valid_s: sessionKeyValidS, signing_keys: await keys.published(ctx) };
}

/** Deletes what proves nothing any more. */
export async function forgetOldKeys(ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  await ctx.db.delete(fleetSessionKeys).where(lt(fleetSessionKeys.expiresAt, new Date(now.getTime() - keepExpiredMs)));
  await ctx.db.delete(fleetNonces).where(lt(fleetNonces.expiresAt, now));
}

export type SessionKeyRow = Omit<typeof fleetSessionKeys.$inferSelect, 'seen'>;

/** A key as a replica keeps it: to read and open it costs more than all the rest of a call's proof. */
export interface OpenedKey extends SessionKeyRow {
  readonly key: KeyObject;
}

const mostOpened = 20_000;
const openedByName = new WeakMap<object, Map<string, OpenedKey>>();

export type CallName = Pick<CallMac, 'nodeId' | 'sessionNo' | 'generation'>;

/** The key of a call if this replica opened it before; it may be one of before a crash of the database. */
export function rememberedKey({ keyring }: Pick<Ctx, 'keyring'>, call: CallName): OpenedKey | undefined {
  return openedByName.get(keyring)?.get(nameOf(call));
}

/** The key of a call, read anew. */
export async function readSessionKey(ctx: Pick<Ctx, 'db' | 'keyring'>, call: CallName): Promise<OpenedKey | undefined> {
  const { seen: _, ...columns } = getTableColumns(fleetSessionKeys);
  const table = fleetSessionKeys;
  const [row] = await ctx.db
    .select(columns)
    .from(table)
    .where(and(eq(table.nodeId, call.nodeId), eq(table.sessionNo, call.sessionNo), eq(table.generation, call.generation)));
  if (!row) return undefined;
  const aad = sessionKeyAad(row.nodeId, row.sessionNo, row.generation);
  const key = createSecretKey(ctx.keyring.open(row.sealed, aad));
  const opened = { ...row, key };
  const known = openedByName.get(ctx.keyring) ?? new Map<string, OpenedKey>();
  openedByName.set(ctx.keyring, known);
  const [oldest] = known.keys();
  if (known.size >= mostOpened && oldest !== undefined) known.delete(oldest);
  known.set(nameOf(call), opened);
  return opened;
}

const nameOf = ({ nodeId, sessionNo, generation }: CallName) => sessionKeyAad(nodeId, sessionNo, generation);
