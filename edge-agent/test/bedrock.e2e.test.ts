import { EventStreamCodec } from '@smithy/core/event-streams';
import { afterEach, expect, it } from 'vitest';
import { ask, messageBody } from './ask.ts';
import { anthropicAnswer, fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { startNode } from './start-node.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text),
);
const chunk = (event: object) =>
  codec.encode({
    headers: { ':message-type': { type: 'string', value: 'event' }, ':event-type': { type: 'string', value: 'chunk' } },
    body: Buffer.from(JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') })),
  });
const events = [
  { type: 'message_start', message: { id: 'msg_1', model: 'claude-sonnet-4-5', usage: { input_tokens: 25, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } },
  { type: 'message_stop' },
];

it('serves Messages from Bedrock: signed, unwrapped, and booked by what it reported', async () => {
  const upstream = await fakeUpstream((seen, response) => {
    if (!seen.url.includes('response-stream')) return json(response, 200, anthropicAnswer);
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    for (const event of events) response.write(chunk(event));
    response.end();
  });
  closing.push(upstream);
  const secret = () => JSON.stringify({ access_key_id: 'AKID', secret_access_key: 'secret' });
  const node = await startNode({ baseUrls: [upstream.url], service: { vendor: 'bedrock' }, upstream: { secret } });
  closing.push(node);

  const stream = await ask(node, { body: messageBody({ stream: true }) });
  expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream']);
  expect(stream.body.toString().match(/^event: \w+/gm)).toHaveLength(events.length);
  expect((await ask(node)).body.toString()).toBe(anthropicAnswer);
  for (const row of await node.booked(2)) {
    expect(row).toMatchObject({ status: 'ok', estimated: false, usage: { input: 25, output: 15 } });
  }
  const [first] = upstream.seen;
  expect(first?.url).toBe('/model/claude-sonnet-4-5/invoke-with-response-stream');
  expect(first?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKID\/.*\/bedrock\/aws4_request/);
  expect(JSON.parse(first?.body.toString() ?? '')).not.toHaveProperty('model');
});
