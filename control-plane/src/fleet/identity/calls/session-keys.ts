import type { SessionKey } from '@aicarpool/shared-protocol';
import { and, eq, lt, max } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import type { Db } from '../../../kernel/db.ts';
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

/** The key of a call, for as long as it is kept. */
export async function findSessionKey(
  db: Db,
  call: { readonly nodeId: string; readonly sessionNo: number; readonly generation: number },
): Promise<SessionKeyRow | undefined> {
  const { seen: _, ...columns } = sessionKeyColumns;
  const table = fleetSessionKeys;
  const [row] = await db
    .select(columns)
    .from(table)
    .where(and(eq(table.nodeId, call.nodeId), eq(table.sessionNo, call.sessionNo), eq(table.generation, call.generation)));
  return row;
}

const sessionKeyColumns = {
  nodeId: fleetSessionKeys.nodeId,
  sessionNo: fleetSessionKeys.sessionNo,
  generation: fleetSessionKeys.generation,
  sealed: fleetSessionKeys.sealed,
  bootId: fleetSessionKeys.bootId,
  address: fleetSessionKeys.address,
  expiresAt: fleetSessionKeys.expiresAt,
  high: fleetSessionKeys.high,
  seen: fleetSessionKeys.seen,
};
