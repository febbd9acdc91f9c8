import type { WrittenRefusal } from '../../dialects/index.ts';
import type { ErrorKind } from '../parts/error-kind.ts';
import { readUpstreamError } from '../parts/read-error.ts';
import type { UpstreamError } from '../translation.ts';

interface Answered {
  readonly status: number | null;
  readonly type: string;
  readonly code: string;
}

/**
 * Codex sends a 401, 403, 404 or 413 six times and a 400 with a code once: what asking again cannot mend is a 400.
 * `status` null: the upstream's own.
 */
const answers: Record<ErrorKind, Answered> = {
  invalid_request: { status: 400, type: 'invalid_request_error', code: 'invalid_prompt' },
  authentication: { status: 400, type: 'invalid_request_error', code: 'upstream_credential_refused' },
  billing: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { status: 400, type: 'invalid_request_error', code: 'upstream_permission_denied' },
  not_found: { status: 400, type: 'invalid_request_error', code: 'model_not_found' },
  too_large: { status: 400, type: 'invalid_request_error', code: 'request_too_large' },
  rate_limited: { status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  overloaded: { status: 503, type: 'server_error', code: 'server_is_overloaded' },
  timeout: { status: null, type: 'server_error', code: 'upstream_timeout' },
  server: { status: null, type: 'server_error', code: 'server_error' },
};

/** Without a `retry-after` Codex gives up at the first 429. */
const RETRY_SECONDS = 5;

export function writeOpenaiResponsesError(error: UpstreamError): WrittenRefusal {
  const { kind, message, retryAfterSeconds, isExhausted, code: given } = readUpstreamError(error);
  const answered = answers[isExhausted ? 'billing' : kind];
  const isTooLong =
    given === 'context_length_exceeded' || /prompt is too long|maximum context length|maximum number of tokens/.test(message);
  const code = isTooLong && answered.status === 400 ? 'context_length_exceeded' : answered.code;
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': error.requestId };
  const waits = (kind === 'rate_limited' || kind === 'overloaded') && !isExhausted;
  if (waits) headers['retry-after'] = String(Math.max(1, retryAfterSeconds ?? RETRY_SECONDS));
  else if (answered.status !== null) headers['x-should-retry'] = 'false';
  const body = JSON.stringify({ error: { message, type: answered.type, param: null, code } });
  return { status: answered.status ?? error.status, headers, body };
}
