import type { QuotaResource } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../kernel/context.ts';
import type { Db, Tx } from '../../kernel/db.ts';

export interface QuotaFact {
  readonly quota: QuotaResource;
  /** In which its windows begin. */
  readonly timeZone: string;
  /** Share of the limit, in percent, at which its people are told. */
  readonly alertPercent: number;
}

/** The settled use of a window reached a threshold: told once, and again after it fell below (a higher limit). */
export interface QuotaCrossing {
  readonly quotaId: string;
  readonly groupId: string;
  /** Member or key; "" for a group. */
  readonly subject: string;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly limit: number;
  readonly used: number;
  /** The threshold: `alertPercent` of the quota; or 100, also where a rest is left that no request fits into. */
  readonly percent: number;
}

/** What settlement asks of those who know quotas. Every read runs in `tx`. */
export interface QuotaFacts {
  /** What is gone is not given. */
  readQuotas(tx: Db, ids: readonly string[]): Promise<readonly QuotaFact[]>;
  /** Those of the ids that are members, or keys, of the group. */
  knownSubjects(tx: Db, groupId: string, of: 'member' | 'key', ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** `config_valid_s` of every group; null: for ever. */
  readConfigTimes(tx: Db): Promise<ReadonlyMap<string, number | null>>;
  onQuotaCrossed(ctx: Ctx, tx: Tx, crossings: readonly QuotaCrossing[]): Promise<void>;
}

/** No quota is known: for tests without budgets. */
export const noQuotas: QuotaFacts = {
  readQuotas: async () => [],
  knownSubjects: async () => new Set(),
  readConfigTimes: async () => new Map(),
  onQuotaCrossed: async () => undefined,
};
