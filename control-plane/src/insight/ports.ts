import type { StatsAnswer, StatsQuestion } from '@aicarpool/shared-protocol';
import type { Ctx } from '../kernel/index.ts';

/** A node that holds books about what is asked, now or from earlier. */
export interface BookKeeper {
  readonly nodeId: string;
  readonly name: string;
  /** active, offline, retired …, as fleet says it. */
  readonly state: string;
  readonly online: boolean;
  /** Since when, and until when, it can have booked anything; null: until today. */
  readonly sinceAt: Date;
  readonly untilAt: Date | null;
  readonly lastSeenAt: Date | null;
  /** In flight by its last heartbeat; null when it does not say. */
  readonly activeRequests: number | null;
}

export interface NodeReply {
  readonly nodeId: string;
  readonly status: 'responded' | 'timeout' | 'offline' | 'failed';
  readonly answer?: StatsAnswer | undefined;
  readonly responseTimeMs: number | null;
  readonly error?: string | undefined;
}

/** What insight needs of fleet. */
export interface Fleet {
  /** Every node that serves the group or ever did; null: every node there ever was. */
  bookKeepers(ctx: Ctx, groupId: string | null): Promise<BookKeeper[]>;
  /** One reply for each node id, after `deadlineMs` at the latest. */
  askNodes(
    ctx: Ctx,
    question: Omit<StatsQuestion, 'question_id' | 'deadline_ms'>,
    options: { readonly nodeIds: readonly string[]; readonly deadlineMs: number },
  ): Promise<NodeReply[]>;
}
