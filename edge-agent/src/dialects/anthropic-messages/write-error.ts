import type { Refusal, RefusalCode } from '@aicarpool/shared-protocol';
import type { WrittenRefusal } from '../dialect.ts';
import { refusalHeaders } from '../refusal-headers.ts';
import { writeEvent } from '../sse/write-event.ts';

/**
 * Claude Code asks once and shows our message on 400 `policy_blocked`; on any other 400 it sends the content six times,
 * and on 404 it shows a text of its own about the model.
 */
const shapes: Record<RefusalCode, readonly [status: number, type: string]> = {
  key_missing: [401, 'authentication_error'],
  key_unknown: [401, 'authentication_error'],
  key_disabled: [401, 'authentication_error'],
  key_expired: [401, 'authentication_error'],
  credentials_conflict: [400, 'policy_blocked'],
  address_not_allowed: [400, 'policy_blocked'],
  group_inactive: [400, 'policy_blocked'],
  model_not_allowed: [400, 'policy_blocked'],
  service_not_offered: [400, 'policy_blocked'],
  model_unknown: [404, 'not_found_error'],
  endpoint_unknown: [404, 'not_found_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  feature_not_allowed: [400, 'policy_blocked'],
  not_translatable: [400, 'policy_blocked'],
  account_missing: [400, 'policy_blocked'],
  body_malformed: [400, 'invalid_request_error'],
  body_too_large: [413, 'request_too_large'],
  body_too_slow: [408, 'timeout_error'],
  upgrade_required: [426, 'invalid_request_error'],
  rate_limited: [429, 'rate_limit_error'],
  tokens_limited: [429, 'rate_limit_error'],
  too_many_at_once: [429, 'rate_limit_error'],
  quota_exceeded: [429, 'billing_error'],
  quota_too_small: [429, 'billing_error'],
  quota_in_flight: [429, 'rate_limit_error'],
  quota_unreachable: [429, 'rate_limit_error'],
  upstream_limited: [429, 'rate_limit_error'],
  node_busy: [503, 'overloaded_error'],
  node_draining: [503, 'overloaded_error'],
  node_storage: [503, 'api_error'],
  config_missing: [503, 'api_error'],
  config_stale: [503, 'api_error'],
  upstream_none: [503, 'api_error'],
  proxy_none: [503, 'api_error'],
  upstream_unreachable: [502, 'api_error'],
  upstream_timeout: [504, 'timeout_error'],
  upstream_rubbish: [502, 'api_error'],
};

export function writeRefusal(refusal: Refusal, requestId: string): WrittenRefusal {
  const [status] = shapes[refusal.code];
  return { status, headers: { ...refusalHeaders(refusal), 'request-id': requestId }, body: errorBody(refusal, requestId) };
}

export function writeStreamError(refusal: Refusal, requestId: string): string {
  return writeEvent(errorBody(refusal, requestId), 'error');
}

function errorBody(refusal: Refusal, requestId: string): string {
  const [, type] = shapes[refusal.code];
  const { message, quota } = refusal;
  return JSON.stringify({ type: 'error', error: { type, message, ...(quota && { quota }) }, request_id: requestId });
}
