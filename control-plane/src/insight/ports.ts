import type {
  BookedAsked,
  BookedDay,
  CountsAsked,
  HourlyTotal,
  NodeReply,
  Question,
  SettledCount,
  TotalsAsked,
  UseOfModel,
} from '../fleet/index.ts';
import type { Ctx, Db } from '../kernel/index.ts';
import type { SingleFlight } from './cache/single-flight.ts';

export type { NodeReply };

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

/** What insight needs of fleet. */
export interface Fleet {
  /** Every node that serves the group or ever did; null: every node there ever was. */
  bookKeepers(ctx: Ctx, groupId: string | null): Promise<BookKeeper[]>;
  /** One reply for each node id, after `deadlineMs` at the latest. */
  askNodes(
    ctx: Ctx,
    question: Question,
    options: { readonly nodeIds: readonly string[]; readonly deadlineMs: number },
  ): Promise<NodeReply[]>;
}

/** A group as the asker may see it. */
export interface GroupView {
  readonly groupId: string;
  readonly timeZone: string;
  /** Services that the group has switched on. */
  readonly services: readonly string[];
  /** The asker manages the group or administers everything: he sees every member's usage. */
  readonly seesAll: boolean;
}

export interface KeyView {
  readonly keyId: string;
  readonly name: string;
  readonly groupId: string;
  readonly userId: string;
  readonly timeZone: string;
  readonly tokenLimit: number | null;
}

/** A group with everyone in it, as the asker may see it. */
export interface GroupPeople {
  readonly groupId: string;
  readonly name: string;
  readonly timeZone: string;
  readonly createdAt: Date;
  readonly seesAll: boolean;
  readonly members: readonly { readonly userId: string; readonly name: string; readonly joinedAt: Date }[];
}

/** A node that may still bring rows of a span of time. */
export interface BehindNode {
  readonly nodeId: string;
  readonly name: string;
  readonly settledUntil: Date | null;
  readonly rowsKnown: number;
}

/** The settled books. */
export interface Books {
  readUse(db: Db, groupId: string, from: Date, to: Date): Promise<readonly UseOfModel[]>;
  /** Nodes that served the group in this span and may not have settled all of it. */
  readBehind(ctx: Ctx, groupId: string, from: Date, to: Date): Promise<readonly BehindNode[]>;
}

/** What insight needs of carpool. They throw NotFound for what the asker may not know of. */
export interface Carpool {
  getGroup(ctx: Ctx, groupId: string): Promise<GroupView>;
  getKey(ctx: Ctx, keyId: string): Promise<KeyView>;
}

/** The books as the control plane has settled them. */
export interface SettledBooks {
  readHourlyTotals(db: Db, asked: TotalsAsked): Promise<readonly HourlyTotal[]>;
  /** Of these nodes, those that may have rows of before `until` that are not settled. */
  readBehind(db: Db, nodeIds: readonly string[], until: Date): Promise<readonly { readonly nodeId: string }[]>;
  readSettledCounts(db: Db, asked: CountsAsked): Promise<readonly SettledCount[]>;
}

/** What the verbs of insight lean on; given from outside so that tests can stand in for nodes. */
export interface InsightParts {
  readonly fleet: Fleet;
  readonly carpool: Carpool;
  /** Absent: only nodes can say. */
  readonly settled?: SettledBooks;
  readonly flights: SingleFlight;
}

/** What statements lean on. */
export interface StatementParts {
  /** 404 `group_unknown` to strangers. */
  getPeople(ctx: Ctx, groupId: string): Promise<GroupPeople>;
  /** Names of people by their ids; whom nobody knows is left out. */
  namesOf(db: Db, userIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  readonly books: Books;
}

/** What comparisons with providers' exports lean on. */
export interface ExportParts extends Pick<StatementParts, 'getPeople'> {
  readBookedDays(db: Db, asked: BookedAsked): Promise<readonly BookedDay[]>;
}
