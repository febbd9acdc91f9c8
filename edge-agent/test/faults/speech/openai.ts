import type { Meaning } from './speech.ts';

const words: Readonly<Record<Meaning, readonly [type: string, code: string | null]>> = {
  authentication: ['invalid_request_error', 'invalid_api_key'],
  billing: ['billing_error', 'billing_not_active'],
  permission: ['invalid_request_error', 'unsupported_country_region_territory'],
  not_found: ['invalid_request_error', 'model_not_found'],
  timeout: ['server_error', 'timeout'],
  conflict: ['invalid_request_error', 'conflict'],
  too_large: ['invalid_request_error', 'request_too_large'],
  rate_limit: ['requests', 'rate_limit_exceeded'],
  used_up: ['insufficient_quota', 'insufficient_quota'],
  internal: ['server_error', null],
  overloaded: ['server_error', 'server_is_overloaded'],
  invalid: ['invalid_request_error', 'invalid_prompt'],
};

export const openAiError = (meaning: Meaning, message = 'no') => {
  const [type, code] = words[meaning];
  return { message, type, param: null, code };
};

export const openAiBody = (_status: number, meaning: Meaning) => JSON.stringify({ error: openAiError(meaning) });

export const openAiWait = {
  headers: {},
  body: JSON.stringify({ error: openAiError('rate_limit', 'Rate limit reached for requests. Please try again in 30s.') }),
};
