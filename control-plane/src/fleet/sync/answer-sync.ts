import type { SyncAnswer, SyncRequest } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { currentHead } from '../../kernel/change-log.ts';
import type { Ctx } from '../../kernel/context.ts';
import type { Tx } from '../../kernel/db.ts';
import type { Facts } from '../facts.ts';
import { raiseAlarm } from '../identity/alarms.ts';
import type { SigningKeys } from '../identity/signing-keys/signing-keys.ts';
import { assertSession } from '../nodes/assert-session.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import { inSnapshot } from '../placement/in-snapshot.ts';
import { type Placements, scopesOf } from '../placement/placements.ts';
import type { RingViews } from '../placement/rings/ring-view.ts';
import { fleetNodeScopes } from '../tables.ts';
import { sealInto, withKeysWanted } from './add-data-keys.ts';
import { buildViews } from './build-views.ts';
import { type Composed, composeAnswer } from './compose-answer.ts';
import { droppedScopes } from './held-scopes.ts';
import { type NodeScopeRow, nextNodeScopes } from './node-scopes.ts';
import { noteSentCredentials } from './note-sent-credentials.ts';
import type { Room } from './plan-scope.ts';
import { readChanges } from './read-changes.ts';
import { recordReceipt } from './record-receipt.ts';
import type { DataKey } from './seal-data-keys.ts';
import { sealAnswer } from './sealed/seal-answer.ts';

export interface SyncParts {
  readonly facts: Facts;
  readonly rings: RingViews;
  readonly placements: Placements;
  readonly signingKeys: SigningKeys;
}

/**
 * Tells a node what changed for it since what it holds, out of one snapshot of the database, and takes its question as
 * the receipt for the answer before. What a node is told follows from placement alone, never from what it asks for.
 */
export async function answerSync(ctx: Ctx, parts: SyncParts, node: NodeRow, request: SyncRequest): Promise<SyncAnswer> {
  allow(ctx, 'fleet.node.sync');
  assertSession(node, request.session_no);
  const read = await inSnapshot(ctx, (tx) => readAnswer(tx, ctx, parts, node, request));
  const scopes = await sealInto(node, read.scopes, read.keysByScope);
  const now = ctx.clock.now();
  const rows = nextNodeScopes({ nodeId: node.id, now, rows: read.rows, request, served: read.served, changes: scopes });
  await noteSentCredentials(ctx, node, scopes, now);
  await recordReceipt(ctx, node, request, rows);
  if (request.refused !== undefined) await raiseAlarm(ctx, 'fleet.node.config_refused', node.id, { refused: request.refused });
  const answer: SyncAnswer = { epoch: read.epoch, head: read.head, center_time: now.toISOString(), scopes, more: read.more };
  if (node.identityKeyId === null || request.nonce === undefined) return answer;
  return await sealAnswer(ctx, parts.signingKeys, answer, { node_id: node.id, nonce: request.nonce });
}

interface Read extends Composed {
  readonly epoch: string;
  readonly served: ReadonlySet<string>;
  readonly rows: readonly NodeScopeRow[];
  readonly keysByScope: ReadonlyMap<string, readonly DataKey[]>;
}

/** `room`: as much goes into the answer; absent: what a node takes at once. */
export async function readAnswer(
  tx: Tx,
  ctx: Ctx,
  parts: SyncParts,
  node: NodeRow,
  request: SyncRequest,
  room?: Room,
): Promise<Read> {
  const { facts, rings, placements } = parts;
  const at = await currentHead(tx);
  const { epoch, head } = at;
  const served = scopesOf(node, await placements.groupsAt(tx, at));
  const servedSet = new Set(served);
  const rows = await tx.select().from(fleetNodeScopes).where(eq(fleetNodeScopes.nodeId, node.id));
  const ring = await rings.of(tx, node.ring);
  const snapshot = {
    epoch,
    head,
    readScope: (scope: string) => ring.readScope(tx, scope),
    readResources: (scope: string, names: Parameters<Facts['readResources']>[2]) => ring.readResources(tx, scope, names),
    readChanges: (wants: Parameters<typeof readChanges>[2]) => readChanges(tx, head, wants),
  };
  const views = await buildViews(snapshot, ring.images, request, served);
  const drops = droppedScopes(request, servedSet);
  const base = request.epoch === epoch ? request.have.base : 0;
  const composed = composeAnswer({ epoch, head, base, drops, views }, room);
  const rest = { epoch, served: servedSet, rows };
  if (node.sealingKey === null) return { ...composed, ...rest, keysByScope: new Map() };
  const { changes, wanted } = withKeysWanted({ composed, views, rows, request });
  return { ...composed, ...rest, scopes: changes, keysByScope: await readDataKeys(tx, ctx, facts, wanted) };
}

async function readDataKeys(
  tx: Tx,
  ctx: Ctx,
  facts: Facts,
  wanted: ReadonlySet<string>,
): Promise<Map<string, readonly DataKey[]>> {
  const keysByScope = new Map<string, readonly DataKey[]>();
  for (const scope of wanted) keysByScope.set(scope, await facts.dataKeysOf(ctx, tx, scope));
  return keysByScope;
}
