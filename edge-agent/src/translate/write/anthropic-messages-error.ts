import type { WrittenRefusal } from '../../dialects/index.ts';
import { anthropicTypeOf, type ErrorKind } from '../parts/error-kind.ts';
import { readUpstreamError, type UpstreamFailure } from '../parts/read-error.ts';
import type { UpstreamError } from '../translation.ts';

/** Asking again cannot help: Claude Code and the SDKs obey `x-should-retry: false`. */
const final = new Set<ErrorKind>(['authentication', 'billing', 'permission', 'too_large']);

/** An upstream's refusal as the Messages API says it: the same status, its words, and when to ask again. */
export function writeAnthropicError(error: UpstreamError): WrittenRefusal {
  const failure = readUpstreamError(error);
  const headers: Record<string, string> = { 'content-type': 'application/json', 'request-id': error.requestId };
  if (final.has(failure.kind) || failure.isExhausted) headers['x-should-retry'] = 'false';
  else if (failure.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, failure.retryAfterSeconds));
  const said = { type: anthropicTypeOf(failure.kind), message: wordsOf(failure) };
  return { status: error.status, headers, body: JSON.stringify({ type: 'error', error: said, request_id: error.requestId }) };
}

/** By these words Claude Code knows that it must compact the conversation. */
const tooLong = 'prompt is too long';

function wordsOf({ code, message }: UpstreamFailure): string {
  const isTooLong =
    code === 'context_length_exceeded' || /maximum context length|exceeds the maximum number of tokens/.test(message);
  return isTooLong && !message.includes(tooLong) ? `${tooLong}: ${message}` : message;
}
