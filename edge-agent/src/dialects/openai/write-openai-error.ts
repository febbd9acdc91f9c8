import { type Refusal, type RefusalCode, refusals } from '@aicarpool/shared-protocol';
import type { WrittenRefusal } from '../dialect.ts';
import { refusalHeaders } from '../refusal-headers.ts';

export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: null;
  /** Never null: Codex shows the raw body of an error without a code. */
  readonly code: string;
  readonly quota?: Refusal['quota'];
}

/** OpenAI's own code words where it has one; else ours. */
const codes: Partial<Record<RefusalCode, string>> = {
  key_missing: 'invalid_api_key',
  key_unknown: 'invalid_api_key',
  key_disabled: 'invalid_api_key',
  key_expired: 'invalid_api_key',
  address_not_allowed: 'policy_blocked',
  group_inactive: 'policy_blocked',
  model_not_allowed: 'policy_blocked',
  feature_not_allowed: 'policy_blocked',
  account_missing: 'policy_blocked',
  not_translatable: 'unsupported_feature',
  model_unknown: 'model_not_found',
  endpoint_unknown: 'unknown_url',
  body_too_large: 'request_too_large',
  rate_limited: 'rate_limit_exceeded',
  tokens_limited: 'rate_limit_exceeded',
  too_many_at_once: 'rate_limit_exceeded',
  quota_exceeded: 'insufficient_quota',
  quota_too_small: 'insufficient_quota',
  quota_in_flight: 'rate_limit_exceeded',
  quota_unreachable: 'rate_limit_exceeded',
  upstream_limited: 'rate_limit_exceeded',
  node_busy: 'server_is_overloaded',
  node_draining: 'server_is_overloaded',
};

export function openAiError({ code, message, quota }: Refusal): OpenAiError {
  const said = codes[code] ?? code;
  return {
    message,
    type: said === spent ? spent : typeOf(refusals[code].status),
    param: null,
    code: said,
    ...(quota && { quota }),
  };
}

/** OpenAI's word for a budget that is used up; its clients know that asking again is useless. */
const spent = 'insufficient_quota';

function typeOf(status: number): string {
  return status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** `asBadRequest`: codes answered 400, because the dialect's client repeats other statuses. */
export function writeOpenAiRefusal(refusal: Refusal, requestId: string, asBadRequest: ReadonlySet<RefusalCode>): WrittenRefusal {
  const own = codes[refusal.code] === spent ? 429 : refusals[refusal.code].status;
  const status = asBadRequest.has(refusal.code) ? 400 : own;
  const headers = { ...refusalHeaders(refusal), 'x-request-id': requestId };
  return { status, headers, body: JSON.stringify({ error: openAiError(refusal) }) };
}
