import { type ErrorKind, errorKindOfType } from '../../parts/error-kind.ts';

/**
 * The code that makes Codex do the right thing: it waits after `rate_limit_exceeded`, gives up with the message after
 * `invalid_prompt` and the quota codes, and asks again after all others.
 */
const codes: Record<ErrorKind, string> = {
  invalid_request: 'invalid_prompt',
  authentication: 'invalid_prompt',
  billing: 'insufficient_quota',
  permission: 'invalid_prompt',
  not_found: 'invalid_prompt',
  too_large: 'invalid_prompt',
  rate_limited: 'rate_limit_exceeded',
  overloaded: 'server_is_overloaded',
  timeout: 'server_error',
  server: 'server_error',
};

export function responsesErrorCode(type: string): string {
  return type.toLowerCase() === 'context_length_exceeded' ? 'context_length_exceeded' : codes[errorKindOfType(type)];
}
