import type { Refusal, RefusalCode } from '@aicarpool/shared-protocol';
import type { WrittenRefusal } from '../dialect.ts';
import { openAiError, writeOpenAiRefusal } from '../openai/write-openai-error.ts';
import { writeEvent } from '../sse/write-event.ts';

/** Codex sends a 403, 404 or 413 six times; a 400 with a code once. On a 429 for a budget it shows a text of its own. */
const asBadRequest: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'address_not_allowed',
  'group_inactive',
  'model_not_allowed',
  'feature_not_allowed',
  'account_missing',
  'model_unknown',
  'service_not_offered',
  'body_too_large',
  'quota_exceeded',
  'quota_too_small',
]);

export function writeRefusal(refusal: Refusal, requestId: string): WrittenRefusal {
  return writeOpenAiRefusal(refusal, requestId, asBadRequest);
}

/**
 * The pair that OpenAI itself sends: SDKs throw at `error`; Codex passes over it and shows the message of
 * `response.failed`. Clients do not check sequence numbers, and ours are not known here.
 */
export function writeStreamError(refusal: Refusal, requestId: string): string {
  const error = openAiError(refusal);
  const { code, message, param } = error;
  const response = {
    id: `resp_${requestId}`,
    object: 'response',
    status: 'failed',
    error: { code, message },
    output: [],
    usage: null,
  };
  return (
    writeEvent(JSON.stringify({ type: 'error', sequence_number: 0, code, message, param, error }), 'error') +
    writeEvent(JSON.stringify({ type: 'response.failed', sequence_number: 1, response }), 'response.failed')
  );
}
