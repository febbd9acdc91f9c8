import { type Refusal, type RefusalCode, refusals } from '@aicarpool/shared-protocol';
import type { Endpoint, WrittenRefusal } from '../dialect.ts';
import { refusalHeaders, retrySeconds } from '../refusal-headers.ts';

/** Canonical names of google.rpc.Code. Gemini CLI asks once on 4xx other than 429. */
const statuses: Record<RefusalCode, string> = {
  key_missing: 'UNAUTHENTICATED',
  key_unknown: 'UNAUTHENTICATED',
  key_disabled: 'UNAUTHENTICATED',
  key_expired: 'UNAUTHENTICATED',
  credentials_conflict: 'INVALID_ARGUMENT',
  address_not_allowed: 'PERMISSION_DENIED',
  group_inactive: 'PERMISSION_DENIED',
  model_not_allowed: 'PERMISSION_DENIED',
  model_unknown: 'NOT_FOUND',
  service_not_offered: 'NOT_FOUND',
  endpoint_unknown: 'NOT_FOUND',
  method_not_allowed: 'UNIMPLEMENTED',
  feature_not_allowed: 'PERMISSION_DENIED',
  not_translatable: 'INVALID_ARGUMENT',
  account_missing: 'PERMISSION_DENIED',
  body_malformed: 'INVALID_ARGUMENT',
  body_too_large: 'INVALID_ARGUMENT',
  body_too_slow: 'DEADLINE_EXCEEDED',
  upgrade_required: 'FAILED_PRECONDITION',
  rate_limited: 'RESOURCE_EXHAUSTED',
  tokens_limited: 'RESOURCE_EXHAUSTED',
  too_many_at_once: 'RESOURCE_EXHAUSTED',
  quota_exceeded: 'RESOURCE_EXHAUSTED',
  quota_too_small: 'RESOURCE_EXHAUSTED',
  quota_in_flight: 'RESOURCE_EXHAUSTED',
  quota_unreachable: 'RESOURCE_EXHAUSTED',
  upstream_limited: 'RESOURCE_EXHAUSTED',
  node_busy: 'UNAVAILABLE',
  node_draining: 'UNAVAILABLE',
  node_storage: 'UNAVAILABLE',
  config_missing: 'UNAVAILABLE',
  config_stale: 'UNAVAILABLE',
  upstream_none: 'UNAVAILABLE',
  proxy_none: 'UNAVAILABLE',
  upstream_unreachable: 'UNAVAILABLE',
  upstream_timeout: 'DEADLINE_EXCEEDED',
  upstream_rubbish: 'INTERNAL',
};

export function writeRefusal(refusal: Refusal, requestId: string): WrittenRefusal {
  const headers = { ...refusalHeaders(refusal), 'x-request-id': requestId };
  return { status: statusOf(refusal), headers, body: errorBody(refusal) };
}

/** With `alt=sse` one more data frame; else one more element that closes the JSON array (after a whole element only). */
export function writeStreamError(refusal: Refusal, _requestId: string, endpoint: Endpoint): string {
  const body = errorBody(refusal);
  if (/[?&]alt=sse(&|$)/.test(endpoint.search)) return `data: ${body}\r\n\r\n`;
  return endpoint.streamInPath ? `,\n${body}\n]` : '';
}

function errorBody(refusal: Refusal): string {
  const reason = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: refusal.code.toUpperCase(), domain: 'aicarpool' };
  const failure = isSpent(refusal) ? [quotaFailure(refusal)] : [];
  const seconds = isSpent(refusal) ? null : retrySeconds(refusal);
  const retry = seconds === null ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }];
  const details = [refusal.quota ? { ...reason, metadata: metadataOf(refusal.quota) } : reason, ...failure, ...retry];
  const error = { code: statusOf(refusal), message: refusal.message, status: statuses[refusal.code], details };
  return JSON.stringify({ error });
}

function isSpent({ code }: Refusal): boolean {
  return code === 'quota_exceeded' || code === 'quota_too_small';
}

function statusOf(refusal: Refusal): number {
  return isSpent(refusal) ? 429 : refusals[refusal.code].status;
}

/** Gemini CLI gives up at once where the quota that failed is one of a day, whatever ours is. */
function quotaFailure({ message, quota }: Refusal) {
  const violation = {
    quotaMetric: `aicarpool/${quota?.unit ?? 'requests'}`,
    quotaId: 'AiCarpoolBudgetPerDay',
    description: message,
  };
  return { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [violation] };
}

/** Google's metadata are strings. */
function metadataOf(quota: NonNullable<Refusal['quota']>): Record<string, string> {
  return Object.fromEntries(Object.entries(quota).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])));
}
