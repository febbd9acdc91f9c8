import type { SignalsAnswer, SignalsRequest } from '@aicarpool/shared-protocol';
import { and, eq, inArray } from 'drizzle-orm';
import { noteEvents, refreshSoon } from '../../carpool/index.ts';
import { allow } from '../../kernel/allow.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { fleetNodeScopes } from '../tables.ts';
import { assertSession } from './assert-session.ts';
import type { NodeRow } from './find-node.ts';

/**
 * Keeps what a node noticed, each signal once, and only about groups that it serves or served. An account whose
 * credential was refused is renewed at once where it can be.
 */
// No audit: nobody did anything; what a node noticed is kept as events of the group.
export async function receiveSignals(ctx: Ctx, node: NodeRow, request: SignalsRequest): Promise<SignalsAnswer> {
  allow(ctx, 'fleet.node.signal');
  assertSession(node, request.session_no);
  return await inTransaction(ctx, async (tx) => {
    const groupIds = [...new Set(request.signals.map((signal) => signal.group_id))];
    const served = await tx
      .select({ scope: fleetNodeScopes.scope })
      .from(fleetNodeScopes)
      .where(and(eq(fleetNodeScopes.nodeId, node.id), inArray(fleetNodeScopes.scope, groupIds)));
    const known = new Set(served.map(({ scope }) => scope));
    const events = request.signals
      .filter((signal) => known.has(signal.group_id))
      .map((signal) => ({ ...signal, node_id: node.id }));
    const taken = await noteEvents(tx, ctx, events);
    const refused = taken.filter(({ kind }) => kind === 'account_auth_failed').flatMap((event) => event.upstream_id ?? []);
    for (const upstreamId of new Set(refused)) await refreshSoon(tx, ctx, upstreamId);
    return { taken: taken.length };
  });
}
