import { globalScope } from '@aicarpool/shared-protocol';
import { eq, sql } from 'drizzle-orm';
import { knownCredentials, rotateDataKey } from '../../carpool/index.ts';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import { asSystem, type Ctx } from '../../kernel/context.ts';
import { inTransaction, type Tx } from '../../kernel/db.ts';
import { Conflict, NotFound } from '../../kernel/errors.ts';
import { announceToFleet } from '../hub/fleet-channel.ts';
import { fleetNodeScopes, fleetNodes, fleetSentCredentials } from '../tables.ts';
import { getNodeRow } from './find-node.ts';

export interface ReadableUpstream {
  readonly upstreamId: string;
  readonly name: string;
  readonly service: string;
  readonly groupId: string;
}

/**
 * Ends the identity of a node: its keys open nothing from now on, its session is fenced, its groups lose it and get new data
 * keys. Gives the accounts whose credentials it was sent and that are still in use: they have to be rotated at the provider.
 */
export async function retireNode(ctx: Ctx, nodeId: string): Promise<{ retiredAt: Date; readable: ReadableUpstream[] }> {
  allow(ctx, 'fleet.node.retire');
  const retiredAt = ctx.clock.now();
  const readable = await inTransaction(ctx, async (tx) => {
    const node = await getNodeRow(tx, nodeId);
    if (node.retiredAt) throw new Conflict('node_retired', 'this node is retired already');
    const accounts = await readableUpstreams(tx, nodeId);
    const [{ sessionNo } = node] = await tx
      .update(fleetNodes)
      .set({ retiredAt, online: false, sessionNo: sql`${fleetNodes.sessionNo} + 1` })
      .where(eq(fleetNodes.id, nodeId))
      .returning({ sessionNo: fleetNodes.sessionNo });
    // It may hold the data keys of its groups: what is sealed from now on it shall not open.
    const groups = node.sealingKey === null ? [] : await groupsEverServed(tx, nodeId);
    for (const groupId of groups.sort()) await rekey({ ...ctx, db: tx }, groupId, nodeId);
    await audit(tx, ctx, {
      action: 'fleet.node.retire',
      target: { kind: 'node', id: nodeId },
      after: { name: node.name, readable_upstreams: accounts.map(({ upstreamId }) => upstreamId) },
    });
    await announceToFleet(tx, { about: 'session', nodeId, sessionNo });
    return accounts;
  });
  return { retiredAt, readable };
}

/** Every account whose credential, as it is now, was once sent to the node; in a group that it left long ago too. */
async function readableUpstreams(tx: Tx, nodeId: string): Promise<ReadableUpstream[]> {
  const sent = await tx.select().from(fleetSentCredentials).where(eq(fleetSentCredentials.nodeId, nodeId));
  const sentAt = new Map(sent.map((row) => [row.upstreamId, row.sentAt.getTime() + clockSkewMs]));
  const known = await knownCredentials(tx, [...sentAt.keys()]);
  return known
    .filter(({ upstreamId, secretSetAt }) => (sentAt.get(upstreamId) ?? 0) >= secretSetAt.getTime())
    .map(({ upstreamId, name, service, groupId }) => ({ upstreamId, name, service, groupId }));
}

/** Replicas write these times by their own clocks; rather one account too many. */
const clockSkewMs = 5_000;

async function groupsEverServed(tx: Tx, nodeId: string): Promise<string[]> {
  const rows = await tx.select({ scope: fleetNodeScopes.scope }).from(fleetNodeScopes).where(eq(fleetNodeScopes.nodeId, nodeId));
  return rows.map(({ scope }) => scope).filter((scope) => scope !== globalScope);
}

/** A group that is gone has nothing to seal. */
async function rekey(ctx: Ctx, groupId: string, nodeId: string): Promise<void> {
  try {
    await rotateDataKey(asSystem(ctx, 'fleet'), groupId, `node ${nodeId} was retired`);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}
