import type { ServerResponse } from 'node:http';
import { type Asked, fieldsOf, listOf, type Provider, sayPieces, sendJson, type ToolCall, type Turn, usage } from './turn.ts';

const toolId = 'toolu_01CarpoolTest';

export const anthropic: Provider = {
  read(method, url, body) {
    const path = url.split('?')[0] ?? '';
    if (method !== 'POST' || !path.endsWith('/v1/messages')) {
      return method === 'POST' && path.endsWith('/v1/messages/count_tokens') ? 'count' : undefined;
    }
    const fields = fieldsOf(body);
    const blocks = listOf(fields['messages']).flatMap((message) => listOf(message['content']));
    const toolResults = blocks.filter(({ type }) => type === 'tool_result').map((block) => JSON.stringify(block));
    return { model: String(fields['model']), stream: fields['stream'] === true, toolResults, body: fields };
  },
  count: (response) => sendJson(response, { input_tokens: usage.input }),
  play: (turn, asked, response) => (asked.stream ? stream(turn, asked, response) : whole(turn, asked, response)),
};

const inputOf = (call: ToolCall) => ('input' in call ? call.input : { input: call.text });

async function stream(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_scripted' });
  const send = (type: string, fields: object = {}) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  send('message_start', { message: { ...message(asked), content: [], stop_reason: null, usage: usageNow(1) } });
  send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  const say = (text: string) => send('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
  await sayPieces(turn.breaks ? { ...turn, pieces: turn.pieces.slice(0, 1) } : turn, say, () => send('ping'));
  if (turn.breaks) {
    send('error', { error: { type: 'api_error', message: 'scripted to break' } });
    response.end();
    return;
  }
  send('content_block_stop', { index: 0 });
  if (turn.call) {
    const { name } = turn.call;
    send('content_block_start', { index: 1, content_block: { type: 'tool_use', id: toolId, name, input: {} } });
    const json = JSON.stringify(inputOf(turn.call));
    for (const partial_json of ['', json.slice(0, 7), json.slice(7)]) {
      send('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json } });
    }
    send('content_block_stop', { index: 1 });
  }
  send('message_delta', {
    delta: { stop_reason: stopReason(turn), stop_sequence: null },
    usage: { output_tokens: usage.output },
  });
  send('message_stop');
  response.end();
}

async function whole(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  const content: object[] = [{ type: 'text', text: turn.pieces.join('') }];
  if (turn.call) content.push({ type: 'tool_use', id: toolId, name: turn.call.name, input: inputOf(turn.call) });
  sendJson(response, { ...message(asked), content, stop_reason: stopReason(turn), usage: usageNow(usage.output) });
}

const message = ({ model }: Asked) => ({ id: 'msg_01Scripted', type: 'message', role: 'assistant', model, stop_sequence: null });
const stopReason = (turn: Turn) => (turn.call ? 'tool_use' : 'end_turn');
const usageNow = (output: number) => ({
  input_tokens: usage.input,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: output,
});
