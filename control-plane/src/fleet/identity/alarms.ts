import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';

/** Something that an honest node never does. */
export type AlarmKind =
  | 'fleet.node.call_replayed'
  | 'fleet.node.request_replayed'
  | 'fleet.node.identity_conflict'
  | 'fleet.node.config_refused';

const everyMs = 60_000;
const mostRemembered = 10_000;
const lastAt = new WeakMap<object, Map<string, number>>();

/**
 * Puts an alarm into the audit, at most one of a kind for each node in a minute and replica: whoever causes them must
 * not be able to fill the disk. Gives whether it was written. No allow: nobody asks for an alarm.
 */
export async function raiseAlarm(ctx: Ctx, kind: AlarmKind, nodeId: string, after: object): Promise<boolean> {
  const known = lastAt.get(ctx.keyring) ?? new Map<string, number>();
  lastAt.set(ctx.keyring, known);
  const name = `${kind}/${nodeId}`;
  const nowMs = ctx.clock.now().getTime();
  if (nowMs - (known.get(name) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
  if (known.size >= mostRemembered) known.clear();
  known.set(name, nowMs);
  ctx.log.warn({ node: nodeId, ...after }, `alarm: ${kind}`);
  await audit(ctx.db, ctx, { action: kind, target: { kind: 'node', id: nodeId }, after: { alarm: true, ...after } });
  return true;
}
