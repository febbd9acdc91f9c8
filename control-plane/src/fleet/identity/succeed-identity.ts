import { type SuccessionAnswer, type SuccessionRequest, successionStatement } from '@aicarpool/shared-protocol';
import { and, eq, isNull } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { Conflict, Unauthenticated } from '../../kernel/errors.ts';
import { assertSession } from '../nodes/assert-session.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import { fleetNodeScopes, fleetNodes } from '../tables.ts';
import { keyIdOf, verifyText } from './ed25519.ts';
import { fleetNodeKeys } from './identity-tables.ts';

/** Should the answer be lost, the node still has the old key to ask with. */
const overlapMs = 600_000;

/**
 * Gives a node its next identity key and its next sealing key. The request is signed with `signedBy` (the caller has verified
 * that), which must be the newest key: one that was replaced names nobody. Inside it is signed with the next one. Data keys
 * of its groups are sealed to it anew with its next sync.
 */
export async function succeedIdentity(
  ctx: Ctx,
  node: NodeRow,
  signedBy: string | undefined,
  request: SuccessionRequest,
): Promise<SuccessionAnswer> {
  allow(ctx, 'fleet.node.succeed');
  assertSession(node, request.session_no);
  const from = node.identityKeyId;
  if (from === null || from !== signedBy) throw replaced();
  const { identity_key: publicKey, sealing_key: sealingKey } = request;
  const id = keyIdOf(publicKey);
  const text = successionStatement({ node: node.id, from, key: publicKey, sealing_key: sealingKey });
  if (!verifyText(publicKey, text, Buffer.from(request.signature, 'base64url')))
    throw new Unauthenticated('succession_unproved', 'the next identity key has to sign that it is the next one');
  const oldValidUntil = new Date(ctx.clock.now().getTime() + overlapMs);
  await inTransaction(ctx, async (tx) => {
    const [changed] = await tx
      .update(fleetNodes)
      .set({ identityKeyId: id, sealingKey })
      .where(and(eq(fleetNodes.id, node.id), eq(fleetNodes.identityKeyId, from), isNull(fleetNodes.retiredAt)))
      .returning({ id: fleetNodes.id });
    if (!changed) throw replaced();
    await tx.update(fleetNodeKeys).set({ expiresAt: oldValidUntil }).where(eq(fleetNodeKeys.id, from));
    await tx.insert(fleetNodeKeys).values({ id, nodeId: node.id, publicKey, createdAt: ctx.clock.now() });
    // Nothing that was sealed to the old key is worth having: every data key goes over once more.
    await tx.update(fleetNodeScopes).set({ dataKeySent: 0, dataKeySentAtVersion: 0 }).where(eq(fleetNodeScopes.nodeId, node.id));
    await audit(tx, ctx, {
      action: 'fleet.node.succeed',
      target: { kind: 'node', id: node.id },
      before: { identity_key_id: from },
      after: { identity_key_id: id, old_valid_until: oldValidUntil },
    });
  });
  return { key_id: id, old_valid_until: oldValidUntil.toISOString() };
}

function replaced(): Conflict {
  return new Conflict('identity_replaced', 'this identity key was replaced by another one already');
}
