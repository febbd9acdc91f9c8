import { createHmac, timingSafeEqual } from 'node:crypto';
import { type CallMac, callText } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import { Unauthenticated } from '../../../kernel/errors.ts';
import { assertSession } from '../../nodes/assert-session.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { fleetNodes } from '../../tables.ts';
import { raiseAlarm } from '../alarms.ts';
import { type CallContext, ctxOf } from './call-context.ts';
import type { Prover } from './prove-answer.ts';
import { assertBody, signedPath } from './request-parts.ts';
import { type OpenedKey, readSessionKey, rememberedKey, type SessionKeyRow } from './session-keys.ts';
import { useCounter } from './use-counter.ts';

export type ReadCall = CallMac & { readonly mac: string };

/**
 * Authenticates one call of a session: its key, its body, that the session is the newest, and that its counter was never
 * used. `onKey` gets what proves the answer as soon as the call was proved. Throws 401, or 409 for a session that is over.
 */
export async function verifyCall(c: CallContext, call: ReadCall, onKey: (prover: Prover) => void): Promise<NodeRow> {
  const ctx = ctxOf(c);
  const contentDigest = c.req.header('content-digest') ?? '';
  const text = callText(call, { method: c.req.method, path: signedPath(c), contentDigest });
  const held = await keyOf(ctx, call, text);
  onKey({
    to: String(call.counter),
    prove: async (answer) => ({ mac: createHmac('sha256', held.key).update(answer).digest('base64url') }),
  });
  if (held.expiresAt <= ctx.clock.now()) throw new Unauthenticated('session_key_expired', 'ask for a new session key');
  await assertBody(c, contentDigest);
  const node = await useCounter(ctx.db, call);
  if (!node) return await refuseUsed(ctx, call);
  if (node.retiredAt) throw new Unauthenticated('node_retired', 'this node was retired: stop, or enroll it anew');
  if (held.sessionNo !== node.sessionNo) await noteConflict(ctx, node, held);
  assertSession(node, held.sessionNo);
  return node;
}

/** The key that the call was made with. One that is remembered may be older than the database: then it is read anew. */
async function keyOf(ctx: Ctx, call: ReadCall, text: string): Promise<OpenedKey> {
  const remembered = rememberedKey(ctx, call);
  if (remembered && isMadeWith(remembered, call, text)) return remembered;
  const held = await readSessionKey(ctx, call);
  if (!held) throw new Unauthenticated('session_key_unknown', 'ask for a new session key');
  if (isMadeWith(held, call, text)) return held;
  throw new Unauthenticated('call_forged', 'this call was not made with the key of the session');
}

function isMadeWith({ key }: OpenedKey, { mac }: ReadCall, text: string): boolean {
  return timingSafeEqual(createHmac('sha256', key).update(text).digest(), Buffer.from(mac, 'base64url'));
}

/** Nothing was used up: the counter is an old one, unless the database lost the key. */
async function refuseUsed(ctx: Ctx, call: ReadCall): Promise<never> {
  if (!(await readSessionKey(ctx, call))) throw new Unauthenticated('session_key_unknown', 'ask for a new session key');
  await raiseAlarm(ctx, 'fleet.node.call_replayed', call.nodeId, { session_no: call.sessionNo, counter: call.counter });
  throw new Unauthenticated('call_replayed', 'this call was made before');
}

/** A process that restarted never calls in its old session; one that does still lives beside the new one. */
async function noteConflict(ctx: Ctx, node: NodeRow, held: SessionKeyRow): Promise<void> {
  if (held.bootId === node.bootId) return;
  const after = {
    fenced_session: held.sessionNo,
    fenced_address: held.address,
    newest_session: node.sessionNo,
    address: ctx.address,
  };
  if (!(await raiseAlarm(ctx, 'fleet.node.identity_conflict', node.id, after))) return;
  await ctx.db.update(fleetNodes).set({ conflictAt: ctx.clock.now() }).where(eq(fleetNodes.id, node.id));
}
