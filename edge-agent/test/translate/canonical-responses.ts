import { argsOf, type Canonical, framesOf, type Loose } from './canonical.ts';

export function canonicalOfResponses(text: string, stream: boolean): Canonical {
  const { answer, deltas, error } = stream ? gather(text) : { answer: JSON.parse(text), deltas: null, error: null };
  const output: Loose[] = answer.output ?? [];
  const parts = output.filter((item) => item.type === 'message').flatMap((item) => item.content);
  const reasoning = output.filter((item) => item.type === 'reasoning');
  const usage = answer.usage;
  const cacheRead = usage?.input_tokens_details?.cached_tokens ?? 0;
  const cacheWrite = usage?.input_tokens_details?.cache_write_tokens ?? 0;
  const said = parts.filter((part) => part.type === 'output_text').map((part) => part.text);
  const failure = error ?? answer.error;
  if (deltas && answer.status === 'completed' && deltas !== said.join('')) throw new Error('deltas and output differ');
  return {
    text: deltas ?? said.join(''),
    thinking: reasoning.flatMap((item) => [...(item.summary ?? []), ...(item.content ?? [])].map((part) => part.text)).join(''),
    refusal: parts
      .filter((part) => part.type === 'refusal')
      .map((part) => part.refusal)
      .join(''),
    toolCalls: output
      .filter((item) => item.type === 'function_call' || item.type === 'custom_tool_call')
      .map((item) => ({
        name: item.name,
        args: item.type === 'function_call' ? argsOf(item.arguments) : item.input,
        id: item.call_id,
      })),
    stop: stopOf(answer, output),
    usage: usage
      ? {
          input: usage.input_tokens - cacheRead - cacheWrite,
          cacheRead,
          cacheWrite,
          output: usage.output_tokens,
          thinking: usage.output_tokens_details?.reasoning_tokens ?? null,
        }
      : null,
    error: failure ? { type: failure.code ?? failure.type, message: failure.message } : null,
    proofs: reasoning.map((item) => item.encrypted_content).filter(Boolean),
  };
}

function stopOf(answer: Loose, output: readonly Loose[]): string | null {
  if (answer.status === 'failed') return 'error';
  if (answer.status === 'incomplete') {
    const reason = answer.incomplete_details?.reason;
    return reason === 'max_output_tokens' ? 'length' : reason === 'content_filter' ? 'content_filter' : 'other';
  }
  if (answer.status !== 'completed') return null;
  return output.some((item) => item.type === 'function_call' || item.type === 'custom_tool_call') ? 'tool_calls' : 'stop';
}

/** The last event holds the whole answer; items count from their own `done`, as Codex reads them. */
function gather(text: string): { answer: Loose; deltas: string; error: Loose } {
  let answer: Loose = { output: [] };
  let deltas = '';
  let error: Loose = null;
  let last = -1;
  for (const { name, data } of framesOf(text)) {
    const event = JSON.parse(data);
    if (event.type !== name) throw new Error(`event ${name} holds ${event.type}`);
    if (event.sequence_number !== last + 1) throw new Error(`sequence number ${event.sequence_number} after ${last}`);
    last = event.sequence_number;
    if (name === 'response.output_text.delta') deltas += event.delta;
    if (name === 'error') error = event;
    if (name === 'response.output_item.done') {
      if (event.output_index !== answer.output.length) throw new Error('an item ends out of order');
      answer.output.push(event.item);
    }
    if (['response.completed', 'response.failed', 'response.incomplete'].includes(name)) {
      answer = { ...event.response, output: event.response.output?.length ? event.response.output : answer.output };
    }
  }
  return { answer, deltas, error };
}
