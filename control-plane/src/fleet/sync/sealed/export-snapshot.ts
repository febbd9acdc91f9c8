import type { SyncAnswer, SyncRequest } from '@aicarpool/shared-protocol';
import { eq, sql } from 'drizzle-orm';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction, type Tx } from '../../../kernel/db.ts';
import { Conflict } from '../../../kernel/errors.ts';
import { getNodeRow } from '../../nodes/find-node.ts';
import { inSnapshot } from '../../placement/in-snapshot.ts';
import { fleetNodeScopes, fleetNodes } from '../../tables.ts';
import { sealInto } from '../add-data-keys.ts';
import { readAnswer, type SyncParts } from '../answer-sync.ts';
import { noteSentCredentials } from '../note-sent-credentials.ts';
import { sealAnswer } from './seal-answer.ts';

const everything = { resources: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const nothingYet: SyncRequest = { session_no: 1, epoch: '', have: { base: 0, except: {} }, digests: {}, rejects: [] };

/**
 * The whole config of one node, signed and sealed to it: kept elsewhere, it lets a node with this identity begin while the
 * control plane is away. It opens nothing for anybody else, and is good for a day.
 */
export async function exportSnapshot(ctx: Ctx, parts: SyncParts, nodeId: string): Promise<SyncAnswer> {
  allow(ctx, 'fleet.node.export');
  const node = await getNodeRow(ctx.db, nodeId);
  if (node.retiredAt) throw new Conflict('node_retired', 'this node is retired; it gets no config any more');
  if (node.identityKeyId === null)
    throw new Conflict('identity_required', 'a node without an identity key takes no signed config');
  if (node.waiting) throw new Conflict('node_waiting', 'this node waits to be let in; it gets no config before');
  const now = ctx.clock.now();
  // Noted before anything is read: a change that the snapshot lacks finds this node among those that may serve without it.
  await noteHeard(ctx, nodeId, now);
  const read = await inSnapshot(ctx, (tx) => readAnswer(tx, ctx, parts, node, nothingYet, everything));
  const scopes = await sealInto(node, read.scopes, read.keysByScope);
  await noteSentCredentials(ctx, node, scopes, now);
  await inTransaction(ctx, async (tx) => {
    await noteScopes(
      tx,
      nodeId,
      scopes.map(({ scope }) => scope),
      now,
    );
    await audit(tx, ctx, {
      action: 'fleet.node.export',
      target: { kind: 'node', id: nodeId },
      after: { epoch: read.epoch, version: read.head, scopes: scopes.length },
    });
  });
  const answer = { epoch: read.epoch, head: read.head, center_time: now.toISOString(), scopes, more: false };
  return await sealAnswer(ctx, parts.signingKeys, answer, { node_id: nodeId, nonce: '' });
}

/** Who begins with it serves from this moment on for as long as its groups say, heard of or not. */
async function noteHeard(ctx: Ctx, nodeId: string, at: Date): Promise<void> {
  await ctx.db
    .update(fleetNodes)
    .set({ heardAt: sql`greatest(${fleetNodes.heardAt}, ${at.toISOString()}::timestamptz)` })
    .where(eq(fleetNodes.id, nodeId));
}

/** It was sent these scopes, with their data keys; what it has confirmed of them stays as it is. */
async function noteScopes(tx: Tx, nodeId: string, scopes: readonly string[], at: Date): Promise<void> {
  await tx
    .insert(fleetNodeScopes)
    .values(scopes.map((scope) => ({ nodeId, scope, servedSince: at })))
    .onConflictDoUpdate({ target: [fleetNodeScopes.nodeId, fleetNodeScopes.scope], set: { droppedAt: null } });
}
