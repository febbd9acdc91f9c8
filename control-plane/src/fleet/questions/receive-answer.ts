import type { StatsAnswer } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import { announceToFleet } from '../hub/fleet-channel.ts';
import type { Hub } from '../hub/hub.ts';
import { assertSession } from '../nodes/assert-session.ts';
import type { NodeRow } from '../nodes/find-node.ts';

/**
 * Brings an answer to the replica that asked. Not accepted: an answer that nobody waits for (any more), or to a
 * question that this node was not asked.
 */
export async function receiveAnswer(ctx: Ctx, hub: Hub, node: NodeRow, answer: StatsAnswer): Promise<{ accepted: boolean }> {
  assertSession(node, answer.session_no);
  if (hub.waitsFor(answer.question_id)) return { accepted: hub.answer(node.id, answer) };
  const rows = await ctx.db.execute(sql`
    INSERT INTO fleet_answers (question_id, node_id, answer, answered_at)
    SELECT q.id, ${node.id}, ${JSON.stringify(answer)}::jsonb, ${ctx.clock.now().toISOString()}::timestamptz
      FROM fleet_questions q
     WHERE q.id = ${answer.question_id} AND ${node.id} = ANY (q.node_ids) AND q.deadline_at > ${ctx.clock.now().toISOString()}::timestamptz
    ON CONFLICT DO NOTHING
    RETURNING node_id`);
  if (rows.length === 0) return { accepted: false };
  await announceToFleet(ctx.db, { about: 'answer', nodeId: node.id, questionId: answer.question_id });
  return { accepted: true };
}
