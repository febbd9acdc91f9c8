import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId } from '@aicarpool/shared-protocol';
import { dialectModules, readEndpoint } from '../dialects/index.ts';
import type { Agent } from './agent.ts';
import { type AmpCall, findAmpCall } from './doors/amp/read-amp-path.ts';
import { refuseAmp } from './doors/amp/refuse-amp.ts';
import { type AmpRequest, serveAmp } from './doors/amp/serve-amp.ts';
import { SocketDoor } from './doors/socket/socket-door.ts';
import { findRequestFault } from './intake/check-request.ts';
import { ClientLink } from './intake/client-link.ts';
import { type ConnectionSource, GivenConnections } from './intake/connection-source.ts';
import { serve } from './pipeline.ts';
import { type Refusable, refuse } from './refuse.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Takes no new requests, lets running ones finish (at most `limits.shutdownMs`), then cuts and books the rest. */
  close(): Promise<void>;
}

/** Opens the port that AI clients reach, or serves what comes from a source. Rejects with the error of `listen` when it is taken. */
export async function startListener(agent: Agent, options: ListenOptions | ConnectionSource): Promise<Listener> {
  const sockets = new SocketDoor(agent, (request, response) => take(agent, request, response, false));
  const server = createServer({ ...serverLimits, shouldUpgradeCallback: sockets.opensTo });
  server.on('upgrade', (request, stream, head) => sockets.open(request, stream, head));
  server.maxHeadersCount = 100;
  server.maxConnections = agent.limits.connections;
  server.timeout = quietSocketMs;
  server.on('request', (request, response) => take(agent, request, response, false));
  server.on('checkContinue', (request, response) => take(agent, request, response, true));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable && error.code !== 'ECONNRESET') socket.end(answerTo(error));
    else socket.destroy();
  });
  const port = 'start' in options ? options.port : await listenOn(server, options);
  const given = 'start' in options ? new GivenConnections() : undefined;
  if ('start' in options) given?.serve(server, options);
  const sweep = setInterval(() => {
    agent.load.lookAtBodies();
    agent.load.lookAtAnswers();
    agent.load.cutOlderThan(performance.now() - agent.limits.requestMs);
  }, 1_000);
  return {
    host: options.host,
    port,
    close: async () => {
      await drain(agent, server, sockets, given);
      clearInterval(sweep);
    },
  };
}

async function listenOn(server: Server, { host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return (server.address() as AddressInfo).port;
}

const serverLimits = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 32 * 1024,
  noDelay: true,
};
/** Longer than any silence that an upstream is allowed before and between its bytes. */
const quietSocketMs = 600_000;

function take(agent: Agent, request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
  const target = request.url ?? '';
  if (target === '/healthz' || target === '/readyz') {
    answerHealth(agent, target, response);
    return;
  }
  if (target === '/metrics' && agent.showMetrics) {
    agent.showMetrics(request, response);
    return;
  }
  const requestId = newId('request');
  const link = new ClientLink(response, agent.load);
  const startedAtMs = agent.nowMs();
  const taken = { requestId, startedAtMs, request, response, link, awaitsContinue };
  const ampCall = findAmpCall(target);
  if (ampCall) {
    takeAmp(agent, taken, ampCall);
    return;
  }
  const reading = readEndpoint(request.method ?? '', target, request.headers);
  const fault = findRequestFault(request);
  if (!reading.ok || fault) {
    const dialect = reading.ok ? reading.endpoint.dialect : reading.dialect;
    const refusal = fault ?? (reading.ok ? undefined : reading.refusal);
    if (fault) response.shouldKeepAlive = false;
    if (refusal) refuse(agent, taken, dialect, refusal, reading.ok ? undefined : reading.headers);
    return;
  }
  const { endpoint } = reading;
  const dialect = dialectModules[endpoint.dialect];
  serve(agent, { ...taken, endpoint, dialect }).catch(onBug(agent, taken));
}

function takeAmp(agent: Agent, taken: AmpRequest, call: AmpCall): void {
  const fault = findRequestFault(taken.request);
  if (!fault) {
    serveAmp(agent, taken, call).catch(onBug(agent, taken));
    return;
  }
  taken.response.shouldKeepAlive = false;
  refuseAmp(agent, taken, call.area, fault);
}

function onBug(agent: Agent, { requestId, response }: Refusable): (error: unknown) => void {
  return (error) => {
    agent.metrics.bug();
    agent.log.error({ err: error, request: requestId }, 'a request ended with an exception');
    response.destroy();
  };
}

function answerHealth(agent: Agent, target: string, response: ServerResponse): void {
  const reason = target === '/readyz' ? notReady(agent) : undefined;
  const body = JSON.stringify(reason ? { status: 'unavailable', reason } : { status: 'ok' });
  response.writeHead(reason ? 503 : 200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function notReady(agent: Agent): string | undefined {
  if (agent.load.draining) return 'draining';
  if (!agent.snapshots.pin()) return 'no config yet';
  const books = agent.ledger.accepting();
  return books.ok ? undefined : books.reason;
}

function answerTo(error: NodeJS.ErrnoException): string {
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  return `HTTP/1.1 ${late ? '408 Request Timeout' : status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
}

/** What is cut is booked and gone by then. */
const cutWithinMs = 10_000;

async function drain(agent: Agent, server: Server, sockets: SocketDoor, given: GivenConnections | undefined): Promise<void> {
  agent.load.draining = true;
  const untilMs = performance.now() + agent.limits.shutdownMs + cutWithinMs;
  const closed = new Promise<void>((resolve) => server.close(() => resolve(given?.empty())));
  // A connection that never sent a request is not idle in Node's eyes, and would keep the server open.
  const sweep = setInterval(() => {
    sockets.leave();
    if (agent.load.answers === 0) server.closeAllConnections();
    else server.closeIdleConnections();
  }, 50);
  const cut = setTimeout(() => {
    agent.load.cutAll();
    setTimeout(() => {
      sockets.close();
      server.closeAllConnections();
    }, 2_000).unref();
  }, agent.limits.shutdownMs);
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  const isOver = () => isClosed && agent.load.running.size === 0;
  while (!isOver() && performance.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 20));
  const left = agent.load.running.size;
  if (left > 0) {
    const fate = 'those without a final row are booked as lost, by estimate, at the next start';
    agent.log.error({ left }, `requests that were cut did not end; ${fate}`);
  }
  sockets.close();
  clearInterval(sweep);
  clearTimeout(cut);
}
