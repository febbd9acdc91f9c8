import { parseCidr } from '@aicarpool/shared-protocol';
import type { KeyChange, NewKey } from '@aicarpool/shared-protocol/console';
import { Invalid } from '../../kernel/index.ts';
import type { carpoolKeys } from '../tables.ts';

export type KeyRow = typeof carpoolKeys.$inferSelect;
export type KeyLimits = Pick<
  KeyRow,
  | 'tokenLimit'
  | 'rateLimitRequests'
  | 'rateLimitWindowS'
  | 'restrictsModels'
  | 'restrictedModels'
  | 'expiresAt'
  | 'ipAllowlist'
  | 'deniedModels'
  | 'deniedFeatures'
  | 'tokensPerMinute'
  | 'concurrency'
>;

export const noLimits: KeyLimits = {
  tokenLimit: null,
  rateLimitRequests: null,
  rateLimitWindowS: null,
  restrictsModels: false,
  restrictedModels: [],
  expiresAt: null,
  ipAllowlist: null,
  deniedModels: [],
  deniedFeatures: [],
  tokensPerMinute: null,
  concurrency: null,
};

/** The limits of a key after a wish: what the wish leaves out stays. Naming models restricts to them. Throws Invalid. */
export function limitsAfter(before: KeyLimits, wish: NewKey | KeyChange): KeyLimits {
  const kept = <T, U>(asked: T | undefined, held: U): T | U => (asked === undefined ? held : asked);
  const restrictsByNaming =
    wish.restricted_models === undefined ? before.restrictsModels : (wish.restricted_models?.length ?? 0) > 0;
  const after: KeyLimits = {
    tokenLimit: kept(wish.token_limit, before.tokenLimit),
    rateLimitRequests: kept(wish.rate_limit_requests, before.rateLimitRequests),
    rateLimitWindowS: kept(wish.rate_limit_window, before.rateLimitWindowS),
    restrictsModels: wish.enable_model_restriction ?? restrictsByNaming,
    restrictedModels: wish.restricted_models === undefined ? before.restrictedModels : (wish.restricted_models ?? []),
    expiresAt: wish.expires_at === undefined ? before.expiresAt : toDate(wish.expires_at),
    ipAllowlist: kept(wish.ip_allowlist, before.ipAllowlist),
    deniedModels: kept(wish.denied_models, before.deniedModels) ?? [],
    deniedFeatures: [...new Set(kept(wish.denied_features, before.deniedFeatures) ?? [])].sort(),
    tokensPerMinute: kept(wish.tokens_per_minute, before.tokensPerMinute),
    concurrency: kept(wish.concurrency, before.concurrency),
  };
  if ((after.rateLimitRequests === null) !== (after.rateLimitWindowS === null)) {
    throw new Invalid('rate_limit_incomplete', 'give rate_limit_requests and rate_limit_window (seconds) together, or neither');
  }
  const wrong = (after.ipAllowlist ?? []).filter((entry) => !parseCidr(entry));
  if (wrong.length > 0) {
    throw new Invalid('address_malformed', 'ip_allowlist holds addresses and CIDRs, as 203.0.113.7 or 2001:db8::/32', { wrong });
  }
  return after;
}

const toDate = (text: string | null) => (text === null ? null : new Date(text));
