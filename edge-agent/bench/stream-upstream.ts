import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A provider whose streams never end: each carries two events a second, evenly spread over all streams, and every event
 * says when it left (microseconds of the clock that all processes of a machine share).
 */
const eventsPerSecond = 2;
const tickMs = 5;
const open = new Set<ServerResponse>();
let round: Iterator<ServerResponse> = open.values();
let owed = 0;
let lookedAt = performance.now();

const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const usage = { input_tokens: 250, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 };
const opening =
  event('message_start', { message: { id: 'msg_bench', model: 'claude-sonnet-4-5', usage } }) +
  event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
const text = 'The quick brown fox ';

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    response.writeHead(200, ['content-type', 'text/event-stream']);
    response.write(opening);
    open.add(response);
    response.once('close', () => open.delete(response));
  });
});

setInterval(() => {
  const nowMs = performance.now();
  owed += (open.size * eventsPerSecond * (nowMs - lookedAt)) / 1000;
  lookedAt = nowMs;
  for (; owed >= 1; owed -= 1) {
    let next = round.next();
    if (next.done) {
      round = open.values();
      next = round.next();
    }
    if (next.done) return;
    const leftAtUs = Number(process.hrtime.bigint() / 1000n);
    next.value.write(event('content_block_delta', { index: 0, delta: { type: 'text_delta', text }, leftAtUs }));
  }
}, tickMs);

server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
  process.send?.({ port: (server.address() as AddressInfo).port }),
);

// Whoever measures may be killed, and nobody is to go on working for him.
process.once('disconnect', () => process.exit());
