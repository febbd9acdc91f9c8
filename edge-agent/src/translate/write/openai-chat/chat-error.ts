import { type ErrorKind, errorKindOfType } from '../../parts/error-kind.ts';
import type { JsonObject } from '../../translation.ts';

const words: Record<ErrorKind, { readonly type: string; readonly code: string }> = {
  invalid_request: { type: 'invalid_request_error', code: 'invalid_request' },
  authentication: { type: 'invalid_request_error', code: 'invalid_api_key' },
  billing: { type: 'insufficient_quota', code: 'insufficient_quota' },
  permission: { type: 'invalid_request_error', code: 'permission_denied' },
  not_found: { type: 'invalid_request_error', code: 'model_not_found' },
  too_large: { type: 'invalid_request_error', code: 'request_too_large' },
  rate_limited: { type: 'requests', code: 'rate_limit_exceeded' },
  overloaded: { type: 'server_error', code: 'server_is_overloaded' },
  timeout: { type: 'server_error', code: 'timeout' },
  server: { type: 'server_error', code: 'server_error' },
};

/** An error as OpenAI says it. The code is never null: clients show the raw body of an error without one. */
export function chatErrorOf(kind: ErrorKind, message: string, code?: string): JsonObject {
  return { message, type: words[kind].type, param: null, code: code ?? words[kind].code };
}

/** `type`: a type, a code or a status of any provider. */
export function chatError(type: string, message: string): JsonObject {
  const kind = errorKindOfType(type);
  return chatErrorOf(kind, message, type === 'context_length_exceeded' ? type : undefined);
}
