import type { Refusal, RefusalCode } from '@aicarpool/shared-protocol';
import type { WrittenRefusal } from '../dialect.ts';
import { openAiError, writeOpenAiRefusal } from '../openai/write-openai-error.ts';
import { writeEvent } from '../sse/write-event.ts';

const asBadRequest: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'address_not_allowed',
  'group_inactive',
  'model_not_allowed',
  'service_not_offered',
]);

export function writeRefusal(refusal: Refusal, requestId: string): WrittenRefusal {
  return writeOpenAiRefusal(refusal, requestId, asBadRequest);
}

/** No `[DONE]` after it: the answer did not end. */
export function writeStreamError(refusal: Refusal): string {
  return writeEvent(JSON.stringify({ error: openAiError(refusal) }));
}
