import type { Dialect } from '@aicarpool/shared-protocol';
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
 * already, and passes as it came. An error that came with 200 gets the status that it should have had.
 */
export function errorAnswer({ requestId, dialect }: Call, { status, headers, body, request }: Reply): WrittenRefusal | undefined {
  const text = decodeBody(body, headers['content-encoding']);
  const write = request.translateError ?? writers[dialect.dialect];
  if (status >= 300) {
    return request.translateError || !isJson(text.toString('utf8')) ? write({ status, body: text, requestId }) : undefined;
  }
  const said = text.toString('utf8');
  const meant = statusOfError(said);
  const error = findErrorIn(said);
  if (!request.translateError && error?.isWhole === true) {
    return { status: meant, headers: { 'content-type': 'application/json' }, body: error.json };
  }
  return write({ status: meant, body: Buffer.from(error?.json ?? ''), requestId });
}

interface FoundError {
  readonly json: string;
  /** As the API itself writes it in the body of an error. */
  readonly isWhole: boolean;
}

/** In a body of JSON, or in the last event of a stream. */
function findErrorIn(text: string): FoundError | undefined {
  const last = text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:') && line.includes('{'))
    .at(-1);
  const parsed = parse(text) ?? parse(last?.slice('data:'.length) ?? '');
  const document: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(document)) return undefined;
  const { response } = document;
  const inner = isObject(response) ? response['error'] : undefined;
  if (isObject(inner)) return { json: JSON.stringify({ error: inner }), isWhole: false };
  if (isObject(document['error']) && !('object' in document)) return { json: JSON.stringify(document), isWhole: true };
  return { json: JSON.stringify({ error: isObject(document['error']) ? document['error'] : document }), isWhole: false };
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
