import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RefusingProxy {
  readonly origin: string;
  /** Where clients wanted to go besides the node. */
  readonly wanted: string[];
  close(): Promise<void>;
}

/** The only way out that a client is told of. It writes down where the client wanted to go, and lets nothing through. */
export async function startRefusingProxy(): Promise<RefusingProxy> {
  const wanted: string[] = [];
  const server = createServer((request, response) => {
    wanted.push(`${request.method} ${request.url}`);
    response.writeHead(403, { connection: 'close' }).end();
  });
  server.on('connect', (request, socket) => {
    wanted.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    wanted,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
