import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';

/**
 * The least that can stand between a client and a provider: `node:http` in front, undici behind, header lists as they
 * came, one write for a body of known length. No keys, no metering, no books: what the node is measured against.
 */
const origin = process.argv[2] ?? '';
const agent = new Agent({ connections: 4096, allowH2: false });
const dropped = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive']);

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const headers: string[] = [];
    const { rawHeaders } = request;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? '';
      if (!dropped.has(name.toLowerCase())) headers.push(name, rawHeaders[at + 1] ?? '');
    }
    const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    let left = -1;
    agent.dispatch(
      { origin, path: request.url ?? '/', method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, incoming) {
          const out: string[] = [];
          for (const name in incoming) {
            if (name !== 'connection' && name !== 'transfer-encoding' && name !== 'keep-alive')
              out.push(name, String(incoming[name]));
          }
          left = Number(incoming['content-length'] ?? -1);
          response.writeHead(status, out);
        },
        onResponseData(_controller, chunk) {
          if (chunk.length === left) response.end(chunk);
          else response.write(chunk);
        },
        onResponseEnd() {
          if (!response.writableEnded) response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
});
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

// Whoever measures may be killed, and nobody is to go on working for him.
process.once('disconnect', () => process.exit());
