import { createServer, type Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { getRequestListener, type HttpBindings } from '@hono/node-server';

type Handler = (request: Request, bindings: HttpBindings) => Response | Promise<Response>;

export interface HttpServer {
  readonly port: number;
  /** Takes the requests from now on. */
  serve(handler: Handler): void;
  /** Takes no new connections, lets requests end for at most `graceMs`, then cuts the rest. */
  close(graceMs: number): Promise<void>;
}

/** Listens at once; until `serve` is called everything but `/healthz` answers 503. */
export async function openHttpServer(host: string, port: number): Promise<HttpServer> {
  let handler: Handler = starting;
  const listener = getRequestListener((request, bindings) => handler(request, bindings as HttpBindings));
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 30_000, requestTimeout: 120_000 }, listener);
  server.maxConnections = 20_000;
  await listen(server, host, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    serve(next) {
      handler = next;
    },
    async close(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, delay(graceMs, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function starting(request: Request): Response {
  if (new URL(request.url).pathname === '/healthz') return Response.json({ status: 'alive' });
  const error = { code: 'starting', message: 'the control plane is starting; try again in a moment', request_id: '' };
  return Response.json({ success: false, error }, { status: 503, headers: { 'retry-after': '1' } });
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
}
