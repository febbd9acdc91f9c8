import type { StatsCell, StatsDimension, StatsQuestion } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../kernel/index.ts';
import type { BookKeeper, Fleet, NodeReply } from '../ports.ts';
import type { StatsRange } from '../time/stats-range.ts';
import { mergeAnswers, misfit } from './merge-answers.ts';

/** What may be seen: the control plane narrows it to the asker's rights before any node hears of it. */
export type StatsFilter = StatsQuestion['filter'];

export interface StatsWish {
  readonly range: StatsRange;
  readonly filter: StatsFilter;
  readonly by: readonly StatsDimension[];
  readonly timeoutMs: number;
}

export interface AskedNode {
  readonly keeper: BookKeeper;
  readonly reply: NodeReply;
}

export interface Gathered {
  readonly range: StatsRange;
  readonly asked: readonly AskedNode[];
  /** Merged over the nodes that answered. */
  readonly cells: readonly StatsCell[];
  readonly askedAtMs: number;
  readonly tookMs: number;
  /** Nodes that did not answer in full, and of which the settled books know all the same. Absent: those were not asked. */
  readonly covered?: ReadonlySet<string>;
}

const hourMs = 3_600_000;

/** Asks every keeper of books that could hold something in the range, and adds up what comes back in time. */
export async function askFleet(ctx: Ctx, fleet: Fleet, keepers: readonly BookKeeper[], wish: StatsWish): Promise<Gathered> {
  const { range } = wish;
  const concerned = keepers.filter((keeper) => couldHold(keeper, range));
  const question = { edges: range.edgesMs.map(isoOf), filter: wish.filter, by: [...wish.by] };
  const askedAtMs = ctx.clock.now().getTime();
  const startedMs = performance.now();
  const replies = await fleet.askNodes(ctx, question, {
    nodeIds: concerned.map((keeper) => keeper.nodeId),
    deadlineMs: wish.timeoutMs,
  });
  const replyByNode = new Map(replies.map((reply) => [reply.nodeId, checkReply(question, reply)]));
  const asked = concerned.map((keeper): AskedNode => ({ keeper, reply: replyByNode.get(keeper.nodeId) ?? silence(keeper) }));
  const cells = mergeAnswers(asked.flatMap(({ reply }) => (reply.answer ? [reply.answer] : [])));
  return { range, asked, cells, askedAtMs, tookMs: Math.round(performance.now() - startedMs) };
}

/** A node that came later, or was let go before, has nothing to say; an hour is left for requests still open then. */
function couldHold(keeper: BookKeeper, range: StatsRange): boolean {
  return keeper.sinceAt.getTime() < range.endMs && (keeper.untilAt === null || keeper.untilAt.getTime() + hourMs > range.startMs);
}

/** A reply counts as an answer only when it fits the question and did not fail. */
function checkReply(question: Pick<StatsQuestion, 'edges' | 'by'>, reply: NodeReply): NodeReply {
  if (reply.status !== 'responded') return { ...reply, answer: undefined };
  if (!reply.answer) return failed(reply, 'the node answered nothing');
  if (reply.answer.outcome === 'failed') return failed(reply, reply.answer.message ?? 'the node could not read its books');
  const reason = misfit(question, reply.answer);
  return reason === undefined ? reply : failed(reply, `the answer does not fit the question: ${reason}`);
}

function failed(reply: NodeReply, error: string): NodeReply {
  return { nodeId: reply.nodeId, status: 'failed', responseTimeMs: reply.responseTimeMs, error };
}

function silence(keeper: BookKeeper): NodeReply {
  return { nodeId: keeper.nodeId, status: keeper.online ? 'timeout' : 'offline', responseTimeMs: null };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
