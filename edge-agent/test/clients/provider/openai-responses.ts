import type { ServerResponse } from 'node:http';
import { type Asked, fieldsOf, listOf, type Provider, sayPieces, sendJson, type Turn, usage } from './turn.ts';

const callId = 'call_CarpoolTest1';

export const openaiResponses: Provider = {
  read(method, url, body) {
    const path = url.split('?')[0] ?? '';
    if (method === 'POST' && path.endsWith('/responses/input_tokens')) return 'count';
    if (method !== 'POST' || !path.endsWith('/responses')) return undefined;
    const fields = fieldsOf(body);
    const results = listOf(fields['input']).filter(({ type }) => String(type).endsWith('call_output'));
    const toolResults = results.map((item) => JSON.stringify(item));
    return { model: String(fields['model']), stream: fields['stream'] === true, toolResults, body: fields };
  },
  count: (response) => sendJson(response, { object: 'response.input_tokens', input_tokens: usage.input }),
  play: (turn, asked, response) => (asked.stream ? stream(turn, asked, response) : whole(turn, asked, response)),
};

const counted = {
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: usage.input + usage.output,
};

function messageItem(text: string) {
  const content = [{ type: 'output_text', text, annotations: [] }];
  return { id: 'msg_scripted', type: 'message', role: 'assistant', status: 'completed', content };
}

function callItem(turn: Turn): object | undefined {
  const { call } = turn;
  if (!call) return undefined;
  const shared = { id: 'fc_scripted', call_id: callId, status: 'completed', name: call.name };
  if ('input' in call) return { ...shared, type: 'function_call', arguments: JSON.stringify(call.input) };
  const namespace = call.namespace ? { namespace: call.namespace } : {};
  return { ...shared, ...namespace, type: 'custom_tool_call', input: call.text };
}

function responseOf({ model }: Asked, status: string, output: readonly object[]) {
  const about = { id: 'resp_scripted', object: 'response', created_at: 1, status, model, error: null };
  return { ...about, output, usage: status === 'completed' ? counted : null };
}

async function stream(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-codex-turn-state': 'scripted-state' });
  let sequence_number = 0;
  const send = (type: string, fields: object) => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`);
    sequence_number += 1;
  };
  send('response.created', { response: responseOf(asked, 'in_progress', []) });
  const text = messageItem(turn.pieces.join(''));
  const at = { item_id: text.id, output_index: 0, content_index: 0 };
  send('response.output_item.added', { output_index: 0, item: { ...text, status: 'in_progress', content: [] } });
  send('response.content_part.added', { ...at, part: { type: 'output_text', text: '', annotations: [] } });
  await sayPieces(
    turn,
    (delta) => send('response.output_text.delta', { ...at, delta }),
    () => send('keepalive', {}),
  );
  send('response.output_text.done', { ...at, text: turn.pieces.join('') });
  send('response.content_part.done', { ...at, part: text.content[0] });
  send('response.output_item.done', { output_index: 0, item: text });
  const output: object[] = [text];
  const call = callItem(turn);
  if (call) {
    sayCall(turn, call, send);
    output.push(call);
  }
  send('response.completed', { response: responseOf(asked, 'completed', output) });
  response.end();
}

function sayCall({ call }: Turn, item: object, send: (type: string, fields: object) => void): void {
  if (!call) return;
  const isCustom = 'text' in call;
  const kind = isCustom ? 'custom_tool_call_input' : 'function_call_arguments';
  const text = isCustom ? call.text : JSON.stringify(call.input);
  const begun = isCustom ? { ...item, input: '' } : { ...item, arguments: '' };
  const at = { item_id: 'fc_scripted', output_index: 1 };
  send('response.output_item.added', { output_index: 1, item: { ...begun, status: 'in_progress' } });
  for (const delta of [text.slice(0, 6), text.slice(6)]) send(`response.${kind}.delta`, { ...at, delta });
  send(`response.${kind}.done`, { ...at, ...(isCustom ? { input: text } : { arguments: text }) });
  send('response.output_item.done', { output_index: 1, item });
}

async function whole(turn: Turn, asked: Asked, response: ServerResponse): Promise<void> {
  const call = callItem(turn);
  const output = [messageItem(turn.pieces.join('')), ...(call ? [call] : [])];
  sendJson(response, responseOf(asked, 'completed', output));
}
