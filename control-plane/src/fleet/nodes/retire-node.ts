import { globalScope } from '@aicarpool/shared-protocol';
import { eq, sql } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction, type Tx } from '../../kernel/db.ts';
import { Conflict } from '../../kernel/errors.ts';
import type { Facts } from '../facts.ts';
import { announceToFleet } from '../hub/fleet-channel.ts';
import { fleetNodeScopes, fleetNodes } from '../tables.ts';
import { getNodeRow } from './find-node.ts';

export interface ReadableUpstream {
  readonly upstreamId: string;
  readonly name: string;
  readonly service: string;
  readonly groupId: string;
}

/**
 * Ends the identity of a node: its token opens nothing from now on, its session is fenced, its groups lose it. Gives the
 * accounts whose credentials it was sent and that still exist, so that they can be rotated at the provider.
 */
export async function retireNode(
  ctx: Ctx,
  facts: Facts,
  nodeId: string,
): Promise<{ retiredAt: Date; readable: ReadableUpstream[] }> {
  allow(ctx, 'fleet.node.retire');
  const retiredAt = ctx.clock.now();
  const readable = await inTransaction(ctx, async (tx) => {
    const node = await getNodeRow(tx, nodeId);
    if (node.retiredAt) throw new Conflict('node_retired', 'this node is retired already');
    const accounts = node.sealingKey === null ? [] : await readableUpstreams(tx, facts, nodeId);
    const [{ sessionNo } = node] = await tx
      .update(fleetNodes)
      .set({ retiredAt, online: false, sessionNo: sql`${fleetNodes.sessionNo} + 1` })
      .where(eq(fleetNodes.id, nodeId))
      .returning({ sessionNo: fleetNodes.sessionNo });
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

async function readableUpstreams(tx: Tx, facts: Facts, nodeId: string): Promise<ReadableUpstream[]> {
  const rows = await tx.select({ scope: fleetNodeScopes.scope }).from(fleetNodeScopes).where(eq(fleetNodeScopes.nodeId, nodeId));
  const readable: ReadableUpstream[] = [];
  for (const { scope } of rows) {
    if (scope === globalScope) continue;
    for (const { kind, id, body } of await facts.readScope(tx, scope)) {
      if (kind !== 'upstream') continue;
      readable.push({ upstreamId: id, name: String(body['name']), service: String(body['service']), groupId: scope });
    }
  }
  return readable;
}
