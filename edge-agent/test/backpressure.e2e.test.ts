import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { messageBody, until } from './ask.ts';
import { anthropicEnd, anthropicStart, anthropicText, fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { testKey } from './snapshot.ts';
import { startNode } from './start-node.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const piece = anthropicText('x'.repeat(64 * 1024));
const pieces = 1_500;

async function flood(limits: Parameters<typeof startNode>[0]['limits'] = {}) {
  const sent = { pieces: 0 };
  const upstream = await fakeUpstream(async (_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(anthropicStart());
    const closed = new Promise((resolve) => response.once('close', resolve));
    for (; sent.pieces < pieces && !response.destroyed; sent.pieces += 1) {
      if (!response.write(piece)) await Promise.race([drained(response), closed]);
    }
    response.end(anthropicEnd());
  });
  const node = await startNode({ baseUrls: [upstream.url], limits });
  open.push(upstream, node);
  const socket = connect(node.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  const body = messageBody({ stream: true });
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${testKey}\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return { sent, node, socket };
}

const drained = (response: NodeJS.EventEmitter) => new Promise((resolve) => response.once('drain', resolve));

it('makes the upstream wait for a caller that reads slowly, and loses nothing', async () => {
  const { sent, node, socket } = await flood();
  await new Promise((resolve) => setTimeout(resolve, 700));
  const whileStalled = sent.pieces;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(sent.pieces).toBe(whileStalled);
  expect(whileStalled * piece.length).toBeLessThan(24 * 1024 * 1024);
  let received = 0;
  socket.on('data', (bytes) => {
    received += bytes.length;
  });
  socket.resume();
  await until(() => node.rows.length === 1, 15_000);
  await until(() => socket.closed, 15_000);
  expect(received).toBeGreaterThan(pieces * piece.length);
  expect(node.rows).toMatchObject([{ status: 'ok', estimated: false }]);
});

it('gives a caller up that takes nothing for too long', async () => {
  const { node, socket } = await flood({ stalledCallerMs: 300 });
  await node.booked(1);
  expect(node.rows).toMatchObject([{ status: 'client_gone', estimated: true }]);
  socket.destroy();
});
