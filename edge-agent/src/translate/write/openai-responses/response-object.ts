import { type TokenUsage, totalTokens } from '@aicarpool/shared-protocol';
import type { StopMeaning } from '../../answer-step.ts';
import type { AnswerToTranslate, JsonObject, JsonValue } from '../../translation.ts';

/** Settings that a response repeats from its request, and what stands there where the request names none. */
const repeated: readonly (readonly [string, JsonValue])[] = [
  ['instructions', null],
  ['max_output_tokens', null],
  ['metadata', {}],
  ['parallel_tool_calls', true],
  ['previous_response_id', null],
  ['prompt_cache_key', null],
  ['reasoning', { effort: null, summary: null }],
  ['temperature', null],
  ['text', { format: { type: 'text' } }],
  ['tool_choice', 'auto'],
  ['tools', []],
  ['top_p', null],
  ['truncation', 'disabled'],
];

export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly JsonObject[];
  readonly usage: TokenUsage | null;
  readonly incompleteReason?: string | undefined;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

export function responseObject(input: AnswerToTranslate, state: ResponseState): JsonObject {
  const settings = repeated.map(([name, otherwise]) => [name, input.request[name] ?? otherwise] as const);
  const createdAt = Math.floor(input.nowMs / 1000);
  return {
    id: `resp_${input.requestId}`,
    object: 'response',
    created_at: createdAt,
    status: state.status,
    background: false,
    completed_at: state.status === 'completed' ? createdAt : null,
    error: state.error ?? null,
    incomplete_details: state.incompleteReason === undefined ? null : { reason: state.incompleteReason },
    model: input.model,
    ...Object.fromEntries(settings),
    output: state.output,
    store: false,
    usage: state.usage && usageObject(state.usage),
  };
}

/** OpenAI counts what was read from and written to a cache as input, and reasoning as output. */
export function usageObject(usage: TokenUsage): JsonObject {
  const { cacheRead, cacheWrite5m, cacheWrite1h, output, thinking } = usage;
  return {
    input_tokens: totalTokens(usage) - output,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite5m + cacheWrite1h },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: thinking ?? 0 },
    total_tokens: totalTokens(usage),
  };
}

/** Undefined: the answer is complete. A pause is an end, too: nothing that was asked for here is still running. */
export function incompleteReason(meaning: StopMeaning): string | undefined {
  if (meaning === 'length') return 'max_output_tokens';
  if (meaning === 'content_filter') return 'content_filter';
  return meaning === 'other' ? 'other' : undefined;
}
