import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Metrics } from './metrics.ts';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics` on an address of its own, meant for the administrator's network. Rejects when it is taken. */
export async function serveMetrics(metrics: Pick<Metrics, 'text'>, host: string, port: number): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    if (request.url === '/metrics') void answerMetrics(metrics, response);
    else response.writeHead(404).end();
  });
  server.maxConnections = 50;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerMetrics(metrics: Pick<Metrics, 'text'>, response: ServerResponse): Promise<void> {
  const { contentType, body } = await metrics.text();
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Where metrics have no address of their own, the public port shows them to programs on this machine only. */
export function metricsForThisMachine(metrics: Pick<Metrics, 'text'>) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (isOnThisMachine(request)) void answerMetrics(metrics, response);
    else response.writeHead(404).end();
  };
}

/** A peer on loopback that nobody forwarded for. */
export function isOnThisMachine(request: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  const { headers, socket } = request;
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via', 'cf-connecting-ip'].some((name) => name in headers);
  const peer = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  return !isForwarded && (peer === '::1' || peer.startsWith('127.'));
}
