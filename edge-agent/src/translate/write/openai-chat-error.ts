import type { WrittenRefusal } from '../../dialects/index.ts';
import type { ErrorKind } from '../parts/error-kind.ts';
import { readUpstreamError, type UpstreamFailure } from '../parts/read-error.ts';
import type { UpstreamError } from '../translation.ts';
import { chatErrorOf } from './openai-chat/chat-error.ts';

/** Asking again cannot help: the SDK obeys `x-should-retry: false`. */
const final = new Set<ErrorKind>(['authentication', 'billing', 'permission', 'not_found', 'too_large', 'invalid_request']);

/** An upstream's refusal as OpenAI says it: the same status, its words, and when to ask again. */
export function writeOpenaiChatError(error: UpstreamError): WrittenRefusal {
  const failure = readUpstreamError(error);
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': error.requestId };
  if (final.has(failure.kind) || failure.isExhausted) headers['x-should-retry'] = 'false';
  else if (failure.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, failure.retryAfterSeconds));
  // 529 is Anthropic's own; everybody else says 503.
  const status = error.status === 529 ? 503 : error.status;
  return { status, headers, body: JSON.stringify({ error: chatErrorOf(failure.kind, failure.message, codeOf(failure)) }) };
}

/** By this code clients know that they must shorten the conversation. */
function codeOf({ code, message }: UpstreamFailure): string | undefined {
  const isTooLong =
    code === 'context_length_exceeded' ||
    /prompt is too long|maximum context length|exceeds the maximum number of tokens/.test(message);
  return isTooLong ? 'context_length_exceeded' : undefined;
}
