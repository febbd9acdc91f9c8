import { newId, type StatsAnswer, type StatsQuestion } from '@aicarpool/shared-protocol';
import { eq, inArray } from 'drizzle-orm';
import pLimit from 'p-limit';
import type { Ctx } from '../../kernel/context.ts';
import { announceToFleet } from '../hub/fleet-channel.ts';
import type { Hub } from '../hub/hub.ts';
import { offlineAfterMs } from '../nodes/mark-offline.ts';
import { fleetAnswers, fleetNodes, fleetQuestions } from '../tables.ts';
import { Inbox } from './inbox.ts';

export type Question = Omit<StatsQuestion, 'question_id' | 'deadline_ms'>;

export interface NodeReply {
  readonly nodeId: string;
  readonly status: 'responded' | 'timeout' | 'offline' | 'failed';
  readonly answer?: StatsAnswer | undefined;
  readonly responseTimeMs: number | null;
  readonly error?: string | undefined;
}

export interface AskOptions {
  readonly nodeIds: readonly string[];
  readonly deadlineMs: number;
  /** How many nodes are asked at the same time; 64 unless given. */
  readonly limit?: number;
}

/** A node without a stream may be on its way back: it gets this long before it counts as offline. */
const graceMs = 500;
/** A lost notification is made up for this often. */
const lookEveryMs = 250;
/** The node is given this share of the time that is left, the way back gets the rest. */
const nodeShare = 0.8;

/**
 * Puts a question to many nodes, wherever their streams are, and gives one reply for each of `nodeIds` when all have
 * replied or `deadlineMs` has passed. Nodes that are offline or retired are not waited for.
 */
export async function askNodes(hub: Hub, ctx: Ctx, question: Question, options: AskOptions): Promise<NodeReply[]> {
  const nodeIds = [...new Set(options.nodeIds)];
  if (nodeIds.length === 0) return [];
  const startedAtMs = performance.now();
  const leftMs = () => options.deadlineMs - (performance.now() - startedAtMs);
  const id = newId('question');
  const now = ctx.clock.now();
  const full: StatsQuestion = { ...question, question_id: id, deadline_ms: nodeTimeMs(options.deadlineMs) };
  await ctx.db.insert(fleetQuestions).values({
    id,
    question: full,
    nodeIds,
    askedAt: now,
    deadlineAt: new Date(now.getTime() + options.deadlineMs),
  });
  const inbox = new Inbox();
  const stop = hub.awaitAnswers(id, (nodeId, answer) => inbox.put(nodeId, answer));
  const looking = setInterval(() => void look(ctx, id, inbox), lookEveryMs);
  try {
    const reachability = await readReachability(ctx, nodeIds);
    const limit = pLimit(options.limit ?? 64);
    const askOne = async (nodeId: string): Promise<NodeReply> => {
      const askedAtMs = performance.now();
      const state = reachability.get(nodeId) ?? 'offline';
      if (state === 'retired' || (state === 'offline' && !hub.holds(nodeId)))
        return { nodeId, status: 'offline', responseTimeMs: null };
      const isHere = hub.ask(nodeId, { ...full, deadline_ms: nodeTimeMs(leftMs()) });
      if (!isHere && state === 'streaming') await announceToFleet(ctx.db, { about: 'question', nodeId, questionId: id });
      const answer = await inbox.take(nodeId, isHere || state === 'streaming' ? leftMs() : Math.min(graceMs, leftMs()));
      return replyOf(nodeId, answer, isHere || state === 'streaming', performance.now() - askedAtMs);
    };
    return await Promise.all(nodeIds.map((nodeId) => limit(askOne, nodeId)));
  } finally {
    clearInterval(looking);
    stop();
    await ctx.db.delete(fleetQuestions).where(eq(fleetQuestions.id, id));
  }
}

function nodeTimeMs(leftMs: number): number {
  return Math.min(60_000, Math.max(1, Math.floor(leftMs * nodeShare)));
}

function replyOf(nodeId: string, answer: StatsAnswer | undefined, wasThere: boolean, waitedMs: number): NodeReply {
  if (!answer) return { nodeId, status: wasThere ? 'timeout' : 'offline', responseTimeMs: null };
  const responseTimeMs = Math.round(waitedMs);
  if (answer.outcome === 'failed') return { nodeId, status: 'failed', responseTimeMs, error: answer.message };
  return { nodeId, status: 'responded', answer, responseTimeMs };
}

type Reachability = 'streaming' | 'coming back' | 'offline' | 'retired';

async function readReachability(ctx: Ctx, nodeIds: readonly string[]): Promise<Map<string, Reachability>> {
  const rows = await ctx.db
    .select({
      id: fleetNodes.id,
      streamId: fleetNodes.streamId,
      lastHeartbeatAt: fleetNodes.lastHeartbeatAt,
      sessionOpenedAt: fleetNodes.sessionOpenedAt,
      retiredAt: fleetNodes.retiredAt,
    })
    .from(fleetNodes)
    .where(inArray(fleetNodes.id, [...nodeIds]));
  const aliveSinceMs = ctx.clock.now().getTime() - offlineAfterMs;
  return new Map(
    rows.map((node) => {
      const heardMs = Math.max(node.lastHeartbeatAt?.getTime() ?? 0, node.sessionOpenedAt?.getTime() ?? 0);
      if (node.retiredAt) return [node.id, 'retired'];
      if (heardMs < aliveSinceMs) return [node.id, 'offline'];
      return [node.id, node.streamId === null ? 'coming back' : 'streaming'];
    }),
  );
}

async function look(ctx: Ctx, questionId: string, inbox: Inbox): Promise<void> {
  try {
    const rows = await ctx.db.select().from(fleetAnswers).where(eq(fleetAnswers.questionId, questionId));
    for (const { nodeId, answer } of rows) inbox.put(nodeId, answer);
  } catch (error) {
    ctx.log.debug({ error }, 'answers could not be looked for; the next look asks again');
  }
}
