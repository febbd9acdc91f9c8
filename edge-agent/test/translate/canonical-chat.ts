import { argsOf, type Canonical, framesOf, type Loose } from './canonical.ts';

const stops: Record<string, string> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  function_call: 'tool_calls',
  content_filter: 'content_filter',
};

export function canonicalOfChat(text: string, stream: boolean): Canonical {
  const answer = stream ? gather(text) : JSON.parse(text);
  const choice = answer.choices?.[0];
  const message = choice?.message ?? {};
  const usage = answer.usage;
  const cacheRead = usage?.prompt_tokens_details?.cached_tokens ?? 0;
  const cacheWrite = usage?.prompt_tokens_details?.cache_write_tokens ?? 0;
  return {
    text: typeof message.content === 'string' ? message.content : '',
    thinking: message.reasoning_content ?? message.reasoning ?? '',
    refusal: message.refusal ?? '',
    toolCalls: (message.tool_calls ?? []).map((call: Loose) => ({
      name: call.function?.name ?? call.custom?.name,
      args: call.custom ? call.custom.input : argsOf(call.function.arguments),
      id: call.id,
    })),
    stop: choice?.finish_reason ? (stops[choice.finish_reason] ?? 'other') : null,
    usage: usage
      ? {
          input: usage.prompt_tokens - cacheRead - cacheWrite,
          cacheRead,
          cacheWrite,
          output: usage.completion_tokens,
          thinking: usage.completion_tokens_details?.reasoning_tokens ?? null,
        }
      : null,
    error: answer.error ? { type: answer.error.type ?? answer.error.code, message: answer.error.message } : null,
    proofs: (message.reasoning_details ?? []).flatMap((one: Loose) => [one.signature, one.data]).filter(Boolean),
  };
}

function gather(text: string): Loose {
  const message: Loose = { content: '', reasoning_content: '', refusal: '', tool_calls: [], reasoning_details: [] };
  const answer: Loose = { choices: [{ message, finish_reason: null }] };
  let isDone = false;
  for (const { name, data } of framesOf(text)) {
    if (isDone) throw new Error('something comes behind [DONE]');
    if (data === '[DONE]') {
      isDone = true;
      continue;
    }
    const chunk = JSON.parse(data);
    if (chunk.error) answer.error = chunk.error;
    if (name !== '' && !chunk.error) throw new Error(`chunks have no event name: ${name}`);
    if (chunk.usage) answer.usage = chunk.usage;
    for (const { delta, finish_reason } of chunk.choices ?? []) {
      if (finish_reason) answer.choices[0].finish_reason = finish_reason;
      message.content += delta?.content ?? '';
      message.reasoning_content += delta?.reasoning_content ?? delta?.reasoning ?? '';
      message.refusal += delta?.refusal ?? '';
      message.reasoning_details.push(...(delta?.reasoning_details ?? []));
      for (const piece of delta?.tool_calls ?? []) addCall(message.tool_calls, piece);
    }
  }
  if (answer.choices[0].finish_reason && !isDone) throw new Error('the stream ends without [DONE]');
  return answer;
}

function addCall(calls: Loose[], piece: Loose): void {
  if (calls[piece.index] === undefined) {
    if (piece.index !== calls.length || !piece.id) throw new Error('a tool call begins out of order or without an id');
    if (piece.custom) calls.push({ id: piece.id, custom: { name: piece.custom.name, input: '' } });
    else calls.push({ id: piece.id, function: { name: piece.function?.name, arguments: '' } });
  }
  if (piece.custom) calls[piece.index].custom.input += piece.custom.input ?? '';
  else calls[piece.index].function.arguments += piece.function?.arguments ?? '';
}
