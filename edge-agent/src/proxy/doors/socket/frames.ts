import { randomUUID } from 'node:crypto';
import { type Refusal, refusals } from '@aicarpool/shared-protocol';
import { openAiError } from '../../../dialects/openai/write-openai-error.ts';

export type Fields = Readonly<Record<string, unknown>>;

export type ClientFrame =
  /** `asked` is the body that a POST would have had. `generate: false` only prepares what follows. */
  { readonly ok: true; readonly asked: Fields; readonly generates: boolean } | { readonly ok: false; readonly refusal: Refusal };

/** A frame from the caller: `{"type":"response.create", …body}`. */
export function readClientFrame(text: string): ClientFrame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad('a frame must be JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad('a frame must be a JSON object');
  const { type, generate, ...body } = value as Record<string, unknown>;
  if (type !== 'response.create') return bad('only frames of type "response.create" are served');
  return { ok: true, asked: { ...body, stream: true }, generates: generate !== false };
}

function bad(message: string): ClientFrame {
  return { ok: false, refusal: { code: 'body_malformed', message } };
}

export function errorFrame(status: number, error: unknown, retryAfter?: string): string {
  const headers = retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } };
  return JSON.stringify({ type: 'error', status, error, ...headers });
}

export function refusalFrame(refusal: Refusal): string {
  return errorFrame(refusals[refusal.code].status, openAiError(refusal));
}

/** In the words that make its client send everything again. */
export function unknownResponseFrame(responseId: unknown): string {
  const message = `Previous response with id '${String(responseId).slice(0, 100)}' not found.`;
  const code = 'previous_response_not_found';
  return errorFrame(400, { type: 'invalid_request_error', code, message, param: 'previous_response_id' });
}

/** What a request that only prepares is answered: nothing was asked of a model, nothing is to pay. */
export function preparedFrames(model: unknown): { readonly responseId: string; readonly frames: readonly string[] } {
  const responseId = `resp_${randomUUID().replaceAll('-', '')}`;
  const about = { id: responseId, object: 'response', created_at: Math.floor(Date.now() / 1000), model, error: null, output: [] };
  const usage = {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  };
  const frame = (type: string, sequence_number: number, status: string, counted: object | null) =>
    JSON.stringify({ type, sequence_number, response: { ...about, status, usage: counted } });
  return {
    responseId,
    frames: [frame('response.created', 0, 'in_progress', null), frame('response.completed', 1, 'completed', usage)],
  };
}
