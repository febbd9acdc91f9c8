/**
 * The code that makes Codex do the right thing: it waits after `rate_limit_exceeded`, gives up with the message after
 * `invalid_prompt` and the quota codes, and asks again after all others.
 */
export function responsesErrorCode(type: string): string {
  const word = type.toLowerCase();
  if (word.includes('insufficient_quota') || word.includes('billing')) return 'insufficient_quota';
  if (word.includes('context_length') || word.includes('context_window')) return 'context_length_exceeded';
  if (word.includes('rate_limit') || word.includes('resource_exhausted') || word === '429') return 'rate_limit_exceeded';
  if (word.includes('overloaded') || word.includes('unavailable') || word === '503' || word === '529')
    return 'server_is_overloaded';
  return invalidWords.some((invalid) => word.includes(invalid)) ? 'invalid_prompt' : 'server_error';
}

const invalidWords = [
  'invalid',
  'not_found',
  'permission',
  'authentication',
  'unauthenticated',
  'failed_precondition',
  'too_large',
  'policy',
  'content_filter',
];
