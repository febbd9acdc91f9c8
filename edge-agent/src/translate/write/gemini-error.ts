import type { WrittenRefusal } from '../../dialects/index.ts';
import { readUpstreamError } from '../parts/read-error.ts';
import type { JsonObject, UpstreamError } from '../translation.ts';
import { rpcErrorOfKind, rpcStatusCode } from './gemini/rpc-error.ts';

/** Gemini CLI reads no `retry-after`: it waits as RetryInfo says, and gives up at a daily quota. */
export function writeGeminiError(error: UpstreamError): WrittenRefusal {
  const { kind, message, retryAfterSeconds, isExhausted } = readUpstreamError(error);
  const meant = isExhausted ? 'billing' : kind;
  const wait: JsonObject = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds ?? 0}s` };
  const more = retryAfterSeconds !== undefined && meant !== 'billing' ? [wait] : [];
  const headers: Record<string, string> = { 'content-type': 'application/json; charset=UTF-8', 'x-request-id': error.requestId };
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(1, retryAfterSeconds));
  return { status: rpcStatusCode(meant), headers, body: JSON.stringify(rpcErrorOfKind(meant, message, more)) };
}
