import type { QuotaResource, QuotaUnit, QuotaWindow } from './edge/config/quota.ts';

/**
 * Why a node turns a request away before it costs anything. The code is the same in every dialect, log and
 * metric; `refuse.ts` on the node writes it in the caller's own shape. `retry`: may the same request succeed later?
 */
export const refusals = {
  key_missing: { status: 401, retry: false },
  key_unknown: { status: 401, retry: false },
  key_disabled: { status: 401, retry: false },
  key_expired: { status: 401, retry: false },
  credentials_conflict: { status: 400, retry: false },
  address_not_allowed: { status: 403, retry: false },
  group_inactive: { status: 403, retry: false },
  model_not_allowed: { status: 403, retry: false },
  model_unknown: { status: 404, retry: false },
  service_not_offered: { status: 404, retry: false },
  endpoint_unknown: { status: 404, retry: false },
  method_not_allowed: { status: 405, retry: false },
  feature_not_allowed: { status: 403, retry: false },
  not_translatable: { status: 400, retry: false },
  account_missing: { status: 403, retry: false },
  body_malformed: { status: 400, retry: false },
  body_too_large: { status: 413, retry: false },
  body_too_slow: { status: 408, retry: true },
  upgrade_required: { status: 426, retry: false },
  rate_limited: { status: 429, retry: true },
  tokens_limited: { status: 429, retry: true },
  too_many_at_once: { status: 429, retry: true },
  quota_exceeded: { status: 402, retry: false },
  quota_too_small: { status: 402, retry: false },
  quota_in_flight: { status: 429, retry: true },
  quota_unreachable: { status: 429, retry: true },
  upstream_limited: { status: 429, retry: true },
  node_busy: { status: 503, retry: true },
  node_draining: { status: 503, retry: true },
  node_storage: { status: 503, retry: true },
  config_missing: { status: 503, retry: true },
  config_stale: { status: 503, retry: true },
  upstream_none: { status: 503, retry: true },
  proxy_none: { status: 503, retry: true },
  upstream_unreachable: { status: 502, retry: true },
  upstream_timeout: { status: 504, retry: true },
  upstream_rubbish: { status: 502, retry: true },
} as const satisfies Record<string, { status: number; retry: boolean }>;

export type RefusalCode = keyof typeof refusals;

/** `message` says what to do; it never holds a secret, an account name or an internal address. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  /** The budget that stands in the way. */
  readonly quota?: RefusedQuota;
}

/** What a program can read of a refusal by a budget. Amounts are whole tokens or nano-USD, as `unit` says. */
export interface RefusedQuota {
  readonly id: string;
  readonly of: QuotaResource['of'];
  /** null: all services. */
  readonly service: string | null;
  readonly unit: QuotaUnit;
  readonly window: QuotaWindow;
  readonly limit: number;
  /** By rows, and by requests under way anywhere; null: not known here. */
  readonly used: number | null;
  readonly needed: number;
  /** null: never. */
  readonly resets_at: string | null;
  /** The largest limit of output with which the same request would fit now; null: none would, or none is needed. */
  readonly affordable_max_tokens: number | null;
}
