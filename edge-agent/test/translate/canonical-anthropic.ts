import { argsOf, type Canonical, framesOf, type Loose } from './canonical.ts';

const stops: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
  pause_turn: 'pause',
};

export function canonicalOfAnthropic(text: string, stream: boolean): Canonical {
  const message = stream ? gather(text) : JSON.parse(text);
  const content: Loose[] = message.content ?? [];
  const join = (type: string, field: string): string =>
    content
      .filter((block) => block.type === type)
      .map((block) => block[field])
      .join('');
  const usage = message.usage;
  return {
    text: join('text', 'text'),
    thinking: join('thinking', 'thinking'),
    refusal: message.stop_details?.explanation ?? '',
    toolCalls: content
      .filter((block) => block.type === 'tool_use')
      .map((block) => ({ name: block.name, args: block.input, id: block.id })),
    stop: message.stop_reason ? (stops[message.stop_reason] ?? 'other') : null,
    usage: usage
      ? {
          input: usage.input_tokens ?? 0,
          cacheRead: usage.cache_read_input_tokens ?? 0,
          cacheWrite: usage.cache_creation_input_tokens ?? 0,
          output: usage.output_tokens ?? 0,
          thinking: usage.output_tokens_details?.thinking_tokens ?? null,
        }
      : null,
    error: message.error ? { type: message.error.type, message: message.error.message } : null,
    proofs: content
      .flatMap((block) => [block.signature, block.data])
      .filter((proof) => typeof proof === 'string' && proof !== ''),
  };
}

/** Puts a stream together and complains about every event that is out of its place. */
function gather(text: string): Loose {
  let message: Loose = { content: [] };
  let open: Loose;
  let isEnded = false;
  for (const { name, data } of framesOf(text)) {
    const event = JSON.parse(data);
    if (isEnded || event.type !== name) throw new Error(`unexpected event ${name}: ${data.slice(0, 100)}`);
    if (name === 'message_start') message = { ...event.message };
    else if (name === 'content_block_start') {
      if (open || event.index !== message.content.length) throw new Error('a block begins out of order');
      open = { ...event.content_block, json: '' };
    } else if (name === 'content_block_delta') apply(open, event.delta);
    else if (name === 'content_block_stop') {
      const { json, ...block } = open;
      message.content.push(block.type === 'tool_use' ? { ...block, input: argsOf(json) } : block);
      open = undefined;
    } else if (name === 'message_delta') Object.assign(message, event.delta, { usage: { ...message.usage, ...event.usage } });
    else if (name === 'error') message.error = event.error;
    isEnded ||= name === 'message_stop' || name === 'error';
  }
  if (message.stop_reason && (!isEnded || open)) throw new Error('the stream ends without message_stop, or inside a block');
  if (open) message.content.push({ ...open, input: argsOf(open.json) });
  return message;
}

function apply(block: Loose, delta: Loose): void {
  if (delta.type === 'text_delta') block.text += delta.text;
  else if (delta.type === 'thinking_delta') block.thinking += delta.thinking;
  else if (delta.type === 'signature_delta') block.signature += delta.signature;
  else if (delta.type === 'input_json_delta') block.json += delta.partial_json;
  else if (delta.type === 'citations_delta') block.citations = [...(block.citations ?? []), delta.citation];
  else throw new Error(`unknown delta ${delta.type}`);
}
