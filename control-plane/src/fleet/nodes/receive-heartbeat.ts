import type { HeartbeatAnswer, HeartbeatRequest } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { noteProxyUse } from '../../carpool/index.ts';
import { currentHead } from '../../kernel/change-log.ts';
import type { Ctx } from '../../kernel/context.ts';
import { Forbidden } from '../../kernel/errors.ts';
import { fleetNodes } from '../tables.ts';
import { assertSession } from './assert-session.ts';
import type { NodeRow } from './find-node.ts';

export const heartbeatIntervalS = 60;

/** Keeps the pulse of a node. One without a session number counts as a sign of life, and fences nobody. */
export async function receiveHeartbeat(ctx: Ctx, node: NodeRow, request: HeartbeatRequest): Promise<HeartbeatAnswer> {
  if (request.node_id !== node.id) throw new Forbidden('node_mismatch', 'node_id is not the node that this token belongs to');
  if (request.session_no !== undefined) assertSession(node, request.session_no);
  const { head } = await currentHead(ctx.db);
  await ctx.db
    .update(fleetNodes)
    .set({
      heartbeat: request,
      lastHeartbeatAt: ctx.clock.now(),
      online: true,
      ...(request.last_seq === undefined ? {} : { lastSeq: request.last_seq }),
    })
    .where(eq(fleetNodes.id, node.id));
  if (request.session_no !== undefined && request.proxies_health) await noteProxyUse(ctx, node.id, request.proxies_health);
  if (!node.online) ctx.log.info({ node: node.id }, 'a node is online');
  const isBehind = request.config_version < head;
  return {
    heartbeat_received: true,
    config_update_available: isBehind,
    next_heartbeat_seconds: heartbeatIntervalS,
    actions: isBehind ? [{ action: 'update_config', config_version: head }] : [],
  };
}
