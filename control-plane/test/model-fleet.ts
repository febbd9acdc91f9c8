import { SingleFlight } from '../src/insight/cache/single-flight.ts';
import type { BookKeeper, Carpool, Fleet, GroupView, InsightParts, NodeReply } from '../src/insight/ports.ts';
import { type Ctx, NotFound } from '../src/kernel/index.ts';
import { askModelBooks, type BookRow } from './model-books.ts';

export interface ModelNode extends BookKeeper {
  groups: string[];
  rows: BookRow[];
  /** How it behaves when asked. */
  mood: 'answers' | 'partial' | 'timeout' | 'offline' | 'failed';
}

export interface ModelFleet extends Fleet {
  readonly nodes: ModelNode[];
  /** Questions that went out, and to whom. */
  readonly asked: {
    nodeIds: readonly string[];
    deadlineMs: number;
    groupIds: readonly string[] | null;
    userIds: readonly string[] | null;
  }[];
}

/** Nodes that keep their books in lists, instead of processes behind streams. */
export function modelFleet(...nodes: ModelNode[]): ModelFleet {
  const asked: ModelFleet['asked'] = [];
  return {
    nodes,
    asked,
    async bookKeepers(_ctx, groupId) {
      return nodes.filter((node) => groupId === null || node.groups.includes(groupId));
    },
    async askNodes(_ctx, question, { nodeIds, deadlineMs }) {
      asked.push({ nodeIds, deadlineMs, groupIds: question.filter.group_ids, userIds: question.filter.user_ids });
      await new Promise((resolve) => setImmediate(resolve));
      return nodes
        .filter((node) => nodeIds.includes(node.nodeId))
        .map((node): NodeReply => {
          const { nodeId, mood } = node;
          if (mood !== 'answers' && mood !== 'partial') return { nodeId, status: mood, responseTimeMs: null };
          const answer = askModelBooks(node.rows, { ...question, question_id: 'qst_model' });
          return {
            nodeId,
            status: 'responded',
            responseTimeMs: 3,
            answer: mood === 'partial' ? { ...answer, outcome: 'partial' } : answer,
          };
        });
    },
  };
}

export function newModelNode(over: Partial<ModelNode> = {}): ModelNode {
  return {
    nodeId: 'nod_one',
    name: 'one',
    state: 'active',
    online: true,
    sinceAt: new Date('2026-10-01T00:00:00Z'),
    untilAt: null,
    lastSeenAt: new Date('2026-11-21T09:59:30Z'),
    activeRequests: 2,
    groups: ['grp_one'],
    rows: [],
    mood: 'answers',
    ...over,
  };
}

/** Two groups; `usr_boss` manages the first, everybody else is a member of it; administrators see both. */
export const modelCarpool: Carpool = {
  async getGroup(ctx, groupId): Promise<GroupView> {
    const { actor } = ctx;
    const isAdmin = actor.kind === 'system' || (actor.kind === 'user' && /admin$/.test(actor.role));
    if (!isAdmin && groupId !== 'grp_one') throw new NotFound('group_not_found', 'there is no such group');
    const seesAll = isAdmin || (actor.kind === 'user' && actor.userId === 'usr_boss');
    return { groupId, timeZone: 'Asia/Shanghai', services: ['claude', 'gemini'], seesAll };
  },
  async getKey(ctx, keyId) {
    const userId = keyId.replace(/^key/, 'usr');
    const group = await modelCarpool.getGroup(ctx, 'grp_one');
    const isOwn = ctx.actor.kind === 'user' && ctx.actor.userId === userId;
    if (!isOwn && !group.seesAll) throw new NotFound('key_not_found', 'there is no such key');
    return { keyId, name: `key of ${userId}`, groupId: 'grp_one', userId, timeZone: group.timeZone, tokenLimit: null };
  },
};

export function modelParts(fleet: Fleet): InsightParts {
  return { fleet, carpool: modelCarpool, flights: new SingleFlight() };
}

/** A clock that stands until it is moved. */
export function standingClock(at: string): Ctx['clock'] & { forward(ms: number): void } {
  let nowMs = Date.parse(at);
  return {
    now: () => new Date(nowMs),
    forward(ms) {
      nowMs += ms;
    },
  };
}
