import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createDoor, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { GivenConnections } from './connection-source.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that has no port, behind a door that has one. */
async function given(settings: { headersTimeout?: number; connectionsCheckingInterval?: number } = {}) {
  const server: Server = createServer(settings, (_request, response) => response.end('served'));
  const connections = new GivenConnections();
  let take: (socket: Socket) => void = () => undefined;
  const door = createDoor((socket) => take(socket));
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as AddressInfo;
  connections.serve(server, {
    host: '127.0.0.1',
    port,
    start: (taker) => {
      take = taker;
    },
  });
  closing.push(
    () => door.close(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { server, connections, port };
}

function dial(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  return socket;
}

test('serves connections that another socket accepted, and knows when the last is gone', async () => {
  const { server, connections, port } = await given();
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served');
  let isEmpty = false;
  const empty = connections.empty().then(() => {
    isEmpty = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isEmpty).toBe(false);
  // As a server that drains does: an answer may be on its way yet.
  const closeIdle = setInterval(() => server.closeIdleConnections(), 10);
  closing.push(() => clearInterval(closeIdle));
  await empty;
  await connections.empty();
});

test('watches the time that headers take, as a listening server does', async () => {
  const { port } = await given({ headersTimeout: 100, connectionsCheckingInterval: 20 });
  const slow = dial(port);
  let said = '';
  slow.on('data', (data) => {
    said += data;
  });
  slow.write('POST / HTTP/1.1\r\nhost: x\r\n');
  await vi.waitFor(() => expect(said).toContain('408 Request Timeout'), { timeout: 5_000 });
});

test('takes no more connections than the server may have', async () => {
  const { server, port } = await given();
  server.maxConnections = 2;
  const sockets = Array.from({ length: 3 }, () => dial(port));
  await vi.waitFor(() => expect(sockets.filter(({ closed }) => closed)).toHaveLength(1));
  const open = sockets.filter(({ closed }) => !closed);
  for (const socket of open) socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await Promise.all(open.map((socket) => vi.waitFor(() => expect(String(socket.read() ?? '')).toContain('served'))));
});
