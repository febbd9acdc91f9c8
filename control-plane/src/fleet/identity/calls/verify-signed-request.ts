import { maxSkewS } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import { Unauthenticated } from '../../../kernel/errors.ts';
import { findNodeById, type NodeRow } from '../../nodes/find-node.ts';
import { raiseAlarm } from '../alarms.ts';
import { verifyText } from '../ed25519.ts';
import { fleetNodeKeys, fleetNonces } from '../identity-tables.ts';
import { type CallContext, ctxOf } from './call-context.ts';
import { assertBody, type SignedRequest } from './request-parts.ts';

/** Authenticates a request that a node signed with its identity key. Throws 401. */
export async function verifySignedRequest(c: CallContext, request: SignedRequest): Promise<NodeRow> {
  const ctx = ctxOf(c);
  const [key] = await ctx.db.select().from(fleetNodeKeys).where(eq(fleetNodeKeys.id, request.keyId));
  const node = key && (await findNodeById(ctx.db, key.nodeId));
  if (!key || !node) throw new Unauthenticated('node_unknown', 'no node has this identity key: enroll this node');
  assertSignature(request, key.publicKey);
  if (node.retiredAt) throw new Unauthenticated('node_retired', 'this node was retired: stop, or enroll it anew');
  if (key.expiresAt && key.expiresAt <= ctx.clock.now())
    throw new Unauthenticated('node_key_expired', 'this identity key was replaced by another one');
  await assertFresh(c, request, node.id);
  return node;
}

export function assertSignature(request: SignedRequest, publicKey: string): void {
  if (verifyText(publicKey, request.base, request.signature)) return;
  throw new Unauthenticated('signature_wrong', 'the signature does not belong to this request and key');
}

/** Throws 401 unless the request was signed just now, has the body that it was signed with, and never came before. */
export async function assertFresh(c: CallContext, request: SignedRequest, nodeId: string): Promise<void> {
  const ctx = ctxOf(c);
  const now = ctx.clock.now();
  if (Math.abs(now.getTime() / 1000 - request.createdS) > maxSkewS) {
    const message = 'the clock of this node is more than five minutes off; details.center_time tells the time';
    throw new Unauthenticated('clock_skew', message, { center_time: now.toISOString() });
  }
  await assertBody(c, request.contentDigest);
  if (await isNew(ctx, request.nonce, now)) return;
  await raiseAlarm(ctx, 'fleet.node.request_replayed', nodeId, { path: request.path });
  throw new Unauthenticated('request_replayed', 'this request was made before');
}

async function isNew(ctx: Ctx, nonce: string, now: Date): Promise<boolean> {
  const expiresAt = new Date(now.getTime() + 2 * maxSkewS * 1000);
  const added = await ctx.db.insert(fleetNonces).values({ nonce, expiresAt }).onConflictDoNothing().returning();
  return added.length > 0;
}
