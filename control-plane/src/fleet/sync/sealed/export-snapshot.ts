import type { SyncAnswer, SyncRequest } from '@aicarpool/shared-protocol';
import { allow } from '../../../kernel/allow.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { inTransaction } from '../../../kernel/db.ts';
import { Conflict } from '../../../kernel/errors.ts';
import { getNodeRow } from '../../nodes/find-node.ts';
import { inSnapshot } from '../../placement/in-snapshot.ts';
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
  const read = await inSnapshot(ctx, (tx) => readAnswer(tx, ctx, parts, node, nothingYet, everything));
  const now = ctx.clock.now();
  const scopes = await sealInto(node, read.scopes, read.keysByScope);
  await noteSentCredentials(ctx, node, scopes, now);
  await inTransaction(ctx, (tx) =>
    audit(tx, ctx, {
      action: 'fleet.node.export',
      target: { kind: 'node', id: nodeId },
      after: { epoch: read.epoch, version: read.head, scopes: scopes.length },
    }),
  );
  const answer = { epoch: read.epoch, head: read.head, center_time: now.toISOString(), scopes, more: false };
  return await sealAnswer(ctx, parts.signingKeys, answer, { node_id: nodeId, nonce: '' });
}
