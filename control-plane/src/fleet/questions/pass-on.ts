import { and, arrayContains, eq, gt, lt } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import type { Hub } from '../hub/hub.ts';
import { fleetAnswers, fleetQuestions } from '../tables.ts';

/** Asks a node whose stream is here what another replica, or a question from before it came, wants of it. */
export async function passQuestionsOn(ctx: Ctx, hub: Hub, nodeId: string, questionId?: string): Promise<void> {
  if (!hub.holds(nodeId)) return;
  const now = ctx.clock.now();
  const open = and(
    arrayContains(fleetQuestions.nodeIds, [nodeId]),
    gt(fleetQuestions.deadlineAt, now),
    questionId === undefined ? undefined : eq(fleetQuestions.id, questionId),
  );
  for (const { question, deadlineAt } of await ctx.db.select().from(fleetQuestions).where(open)) {
    const leftMs = deadlineAt.getTime() - now.getTime();
    hub.ask(nodeId, { ...question, deadline_ms: Math.max(1, Math.min(question.deadline_ms, leftMs)) });
  }
}

/** Hands an answer that came in at another replica to whoever waits for it here. */
export async function passAnswerOn(ctx: Ctx, hub: Hub, nodeId: string, questionId: string): Promise<void> {
  if (!hub.waitsFor(questionId)) return;
  const which = and(eq(fleetAnswers.questionId, questionId), eq(fleetAnswers.nodeId, nodeId));
  for (const { answer } of await ctx.db.select().from(fleetAnswers).where(which)) hub.answer(nodeId, answer);
}

/** Deletes questions of replicas that died while they waited. */
export async function forgetQuestions(ctx: Ctx): Promise<void> {
  await ctx.db.delete(fleetQuestions).where(lt(fleetQuestions.deadlineAt, new Date(ctx.clock.now().getTime() - 60_000)));
}
