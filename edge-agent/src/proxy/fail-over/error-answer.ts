import type { Dialect } from '@aicarpool/shared-protocol';
import { isObject } from '../../dialects/answer/read-value.ts';
import type { WrittenRefusal } from '../../dialects/index.ts';
import { statusOfError } from '../../health/health.ts';
import type { UpstreamError } from '../../translate/translation.ts';
import { writeAnthropicError } from '../../translate/write/anthropic-messages-error.ts';
import { writeGeminiError } from '../../translate/write/gemini-error.ts';
import { writeOpenaiChatError } from '../../translate/write/openai-chat-error.ts';
import { writeOpenaiResponsesError } from '../../translate/write/openai-responses-error.ts';
import type { Call, Reply } from '../exchange.ts';
import { decodeBody } from '../relay/decode-body.ts';

const writers: Readonly<Record<Dialect, (error: UpstreamError) => WrittenRefusal>> = {
  'anthropic-messages': writeAnthropicError,
  'openai-chat': writeOpenaiChatError,
  'openai-responses': writeOpenaiResponsesError,
  gemini: writeGeminiError,
};

/**
 * What an upstream said in place of an answer, as an error that the caller's clients understand. Undefined: it is one
 * already, and passes as it came. In front of another API, what came with 200 gets the status that it should have had.
 */
export function errorAnswer({ requestId, dialect }: Call, { status, headers, body, request }: Reply): WrittenRefusal | undefined {
  const said = decodeBody(body, headers['content-encoding']);
  const text = said.toString('utf8');
  const { translateError } = request;
  if (status < 300) {
    return translateError?.({ status: statusOfError(text), body: Buffer.from(findErrorIn(text)), requestId });
  }
  if (translateError) return translateError({ status, body: said, requestId });
  return isJson(text) ? undefined : writers[dialect.dialect]({ status, body: said, requestId });
}

/** In a body of JSON, or in the last event of a stream; as the body of an error would say it. */
function findErrorIn(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('data:') && line.includes('{'));
  const parsed = parse(text) ?? parse(lines.at(-1)?.slice('data:'.length) ?? '');
  const document: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(document)) return '';
  const { response, error } = document;
  if (isObject(response) && isObject(response['error'])) return JSON.stringify({ error: response['error'] });
  return JSON.stringify(isObject(error) ? document : { error: document });
}

function isJson(text: string): boolean {
  return typeof parse(text) === 'object';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
