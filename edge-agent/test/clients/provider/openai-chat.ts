import type { ServerResponse } from 'node:http';
import { type Asked, fieldsOf, listOf, type Provider, sayPieces, sendJson, type ToolCall, type Turn, usage } from './turn.ts';

const callId = 'call_CarpoolTest1';

export const openaiChat: Provider = {
  read(method, url, body) {
    if (method !== 'POST' || !(url.split('?')[0] ?? '').endsWith('/chat/completions')) return undefined;
    const fields = fieldsOf(body);
    const results = listOf(fields['messages']).filter(({ role }) => role === 'tool');
    const toolResults = results.map((message) => JSON.stringify(message));
    return { model: String(fields['model']), stream: fields['stream'] === true, toolResults, body: fields };
  },
  count: (response) => sendJson(response, {}),
  play: (turn, asked, response) => (asked.stream ? stream(turn, asked, response) : whole(turn, asked, response)),
};

const counted = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
};

/** A whole call, or the first or a later piece of one. */
function callOf(call: ToolCall, part: string, isFirst: boolean): object {
  const name = isFirst ? { name: call.name } : {};
  const about = isFirst ? { id: callId, type: 'input' in call ? 'function' : 'custom' } : {};
  return { ...about, ...('input' in call ? { function: { ...name, arguments: part } } : { custom: { ...name, input: part } }) };
}

const textOf = (call: ToolCall) => ('input' in call ? JSON.stringify(call.input) : call.text);

async function stream(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const options = asked.body['stream_options'] as { include_usage?: boolean } | undefined;
  const about = { id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 1, model: asked.model };
  const send = (fields: object) => response.write(`data: ${JSON.stringify({ ...about, ...fields })}\n\n`);
  const delta = (fields: object, finish_reason: string | null = null) =>
    send({ choices: [{ index: 0, delta: fields, finish_reason }] });
  delta({ role: 'assistant', content: '' });
  await sayPieces(
    turn,
    (content) => delta({ content }),
    () => response.write(': keep-alive\n\n'),
  );
  if (turn.call) {
    const { call } = turn;
    const text = textOf(call);
    for (const [at, part] of ['', text.slice(0, 5), text.slice(5)].entries()) {
      delta({ tool_calls: [{ index: 0, ...callOf(call, part, at === 0) }] });
    }
  }
  delta({}, turn.call ? 'tool_calls' : 'stop');
  if (options?.include_usage) send({ choices: [], usage: counted });
  response.end('data: [DONE]\n\n');
}

async function whole(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  const { call } = turn;
  const calls = call && [callOf(call, textOf(call), true)];
  sendJson(response, {
    id: 'chatcmpl-scripted',
    object: 'chat.completion',
    created: 1,
    model: asked.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: turn.pieces.join(''), ...(calls ? { tool_calls: calls } : {}) },
        finish_reason: call ? 'tool_calls' : 'stop',
      },
    ],
    usage: counted,
  });
}
