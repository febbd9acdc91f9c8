import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider that answers at once: a short JSON, or a stream of 30 events when the path says so. */
const answer = Buffer.from(
  JSON.stringify({
    id: 'msg_bench',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text: 'The quick brown fox jumps over the lazy dog. '.repeat(8) }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 250, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 90 },
  }),
);
const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const usage = { input_tokens: 250, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
const delta = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'The quick brown fox ' } });
const events = [
  event('message_start', { message: { id: 'msg_bench', model: 'claude-sonnet-4-5', usage } }),
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ...Array.from({ length: 26 }, () => delta),
  event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 120 } }) +
    event('message_stop', {}),
];
const jsonHead = ['content-type', 'application/json', 'content-length', String(answer.length), 'request-id', 'req_bench'];

const server = createServer((request, response) => {
  const streams = request.url?.endsWith('stream') ?? false;
  request.resume();
  request.once('end', () => {
    if (!streams) {
      response.writeHead(200, jsonHead);
      response.end(answer);
      return;
    }
    response.writeHead(200, ['content-type', 'text/event-stream']);
    let at = 0;
    const next = () => {
      const text = events[at];
      at += 1;
      if (text === undefined || response.destroyed) response.end();
      else {
        response.write(text);
        setImmediate(next);
      }
    };
    next();
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

// Whoever measures may be killed, and nobody is to go on working for him.
process.once('disconnect', () => process.exit());
