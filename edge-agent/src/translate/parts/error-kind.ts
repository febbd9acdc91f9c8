/** What went wrong upstream, by its meaning. */
export type ErrorKind =
  | 'invalid_request'
  | 'authentication'
  | 'billing'
  | 'permission'
  | 'not_found'
  | 'too_large'
  | 'rate_limited'
  | 'overloaded'
  | 'timeout'
  | 'server';

/** Types, codes and statuses that providers write, lower case. */
const kinds = new Map<string, ErrorKind>(
  Object.entries({
    invalid_request_error: 'invalid_request',
    invalid_argument: 'invalid_request',
    failed_precondition: 'invalid_request',
    out_of_range: 'invalid_request',
    invalid_prompt: 'invalid_request',
    context_length_exceeded: 'invalid_request',
    authentication_error: 'authentication',
    unauthenticated: 'authentication',
    invalid_api_key: 'authentication',
    billing_error: 'billing',
    insufficient_quota: 'billing',
    usage_limit_reached: 'billing',
    permission_error: 'permission',
    permission_denied: 'permission',
    not_found_error: 'not_found',
    not_found: 'not_found',
    model_not_found: 'not_found',
    request_too_large: 'too_large',
    rate_limit_error: 'rate_limited',
    rate_limit_exceeded: 'rate_limited',
    rate_limited: 'rate_limited',
    resource_exhausted: 'rate_limited',
    tokens: 'rate_limited',
    requests: 'rate_limited',
    overloaded_error: 'overloaded',
    server_is_overloaded: 'overloaded',
    slow_down: 'overloaded',
    unavailable: 'overloaded',
    timeout_error: 'timeout',
    deadline_exceeded: 'timeout',
  } satisfies Record<string, ErrorKind>),
);

const byStatus: Readonly<Record<number, ErrorKind>> = {
  401: 'authentication',
  402: 'billing',
  403: 'permission',
  404: 'not_found',
  408: 'timeout',
  413: 'too_large',
  429: 'rate_limited',
  504: 'timeout',
  529: 'overloaded',
};

export function errorKindOfStatus(status: number): ErrorKind {
  return byStatus[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'server');
}

/** `type`: a type, a code, Google's status, or an HTTP status as text. */
export function errorKindOfType(type: string): ErrorKind {
  const known = kinds.get(type.toLowerCase());
  if (known) return known;
  const status = Number(type);
  return status >= 400 && status < 600 ? errorKindOfStatus(status) : 'server';
}

const anthropicTypes: Record<ErrorKind, string> = {
  invalid_request: 'invalid_request_error',
  authentication: 'authentication_error',
  billing: 'billing_error',
  permission: 'permission_error',
  not_found: 'not_found_error',
  too_large: 'request_too_large',
  rate_limited: 'rate_limit_error',
  overloaded: 'overloaded_error',
  timeout: 'timeout_error',
  server: 'api_error',
};

export function anthropicErrorType(type: string): string {
  return anthropicTypes[errorKindOfType(type)];
}

export function anthropicTypeOf(kind: ErrorKind): string {
  return anthropicTypes[kind];
}
