import type { ProbeAnswer } from '@aicarpool/shared-protocol';
import type { ChangeProgress, GroupHealth } from '@aicarpool/shared-protocol/console';
import type { Ctx, Db } from '../kernel/index.ts';

/** The current window of one quota and subject, as the books stand. Tokens or nano-USD, as the quota counts. */
export interface QuotaState {
  readonly quotaId: string;
  /** Member or key; "" for a group. */
  readonly subject: string;
  /** null: since ever, and for ever. */
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly limit: number;
  /** Settled. */
  readonly used: number;
  /** Held by nodes and not known to be used: granted - returned - spent. */
  readonly promised: number;
  /** All of `limit` is used, or what is left is too little for the requests that come. */
  readonly isReached: boolean;
}

/** Use by the settled books, of one day in a time zone. */
export interface DayOfUse {
  /** YYYY-MM-DD */
  readonly day: string;
  readonly tokens: number;
  readonly costNanoUsd: number;
}

/** Whose use is added up; what is absent does not narrow. */
export interface UseAsked {
  readonly groupId: string;
  readonly userId?: string;
  readonly keyId?: string;
  readonly service?: string;
  readonly sinceAt: Date;
  readonly timeZone: string;
}

/** A model whose price was not known when it was used: it is booked with cost 0. */
export interface UnpricedModel {
  readonly service: string;
  readonly model: string;
  readonly requests: number;
}

/** What carpool asks of those above it; `openApp` fills it. */
export interface CarpoolPorts {
  /**
   * What the nodes that serve a group say of its services and of these accounts. The caller has checked that the asker
   * may know.
   */
  readHealth(ctx: Ctx, groupId: string, upstreamIds: readonly string[]): Promise<GroupHealth>;
  /** Which nodes have confirmed a version of a group's config. The caller has checked that the asker may know. */
  readProgress(ctx: Ctx, groupId: string, version: number): Promise<Omit<ChangeProgress, 'version'>>;
  /** Goes through a proxy of a group from a node that serves it; undefined: no node answers. */
  tryProxy(ctx: Ctx, groupId: string, proxyId: string): Promise<ProbeAnswer['result'] | undefined>;
  /** The current windows of these quotas; one that nothing was ever asked of may be missing. */
  readQuotaState(db: Db, quotaIds: readonly string[], now: Date): Promise<readonly QuotaState[]>;
  /** What the settled books add up to, by day; days without use may be missing. */
  readDaysOfUse(db: Db, ask: UseAsked): Promise<readonly DayOfUse[]>;
  /** The models that a group used without a price since an instant, most used first; perhaps not all of them. */
  readUnpriced(db: Db, groupId: string, since: Date): Promise<readonly UnpricedModel[]>;
}

/** Nobody says anything: for programs and tests without nodes. */
export const silentPorts: CarpoolPorts = {
  readHealth: async () => ({ services: new Map(), accounts: new Map() }),
  tryProxy: async () => undefined,
  readProgress: async (ctx) => ({ nodes_confirmed: 0, nodes_total: 0, pending: [], in_force_by: ctx.clock.now().toISOString() }),
  readQuotaState: async () => [],
  readDaysOfUse: async () => [],
  readUnpriced: async () => [],
};
