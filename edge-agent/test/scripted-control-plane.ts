import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  NodeEvent,
  ProbeAnswer,
  Signal,
  SignalsRequest,
  StatsAnswer,
  SyncAnswer,
  SyncRequest,
} from '@aicarpool/shared-protocol';
import type { ConfigSource } from './config-source.ts';

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly details?: unknown;
  readonly retryAfter?: string;
}

/** A control plane that says what a test tells it to, on a real socket. It writes down what it was asked. */
export class ScriptedControlPlane {
  readonly source: ConfigSource;
  readonly syncs: SyncRequest[] = [];
  readonly heartbeats: Record<string, unknown>[] = [];
  readonly answers: StatsAnswer[] = [];
  readonly probeAnswers: ProbeAnswer[] = [];
  readonly signals: Signal[] = [];
  /** So many calls that bring signals are refused. */
  refuseSignals = 0;
  readonly registrations: Record<string, unknown>[] = [];
  sessionNo = 0;
  nodeToken = 'acn_node-token-of-the-test';
  registrationToken = 'acr_one-time-token-of-the-test';
  pollSeconds = 5;
  /** When set, every call but `register` is refused so. */
  refusal: Refusal | undefined;
  /** When set, calls are taken and never answered. */
  hangs = false;
  /** Changes an answer on its way out. */
  bend: (answer: SyncAnswer) => unknown = (answer) => answer;
  onRegister: (publicKey: string) => Promise<void> = async () => undefined;
  #server: Server | undefined;
  #port = 0;
  readonly #streams = new Set<ServerResponse>();

  constructor(source: ConfigSource) {
    this.source = source;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** Listens on any port the first time, on the same one after. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    this.#streams.clear();
  }

  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  tell(event: NodeEvent): void {
    for (const stream of this.#streams) stream.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  poke(): void {
    this.tell({ type: 'poke', head: this.source.head });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = (request.url ?? '').replace('/api/v1/edge-nodes/', '').split('?')[0] ?? '';
    const token = request.headers.authorization?.replace('Bearer ', '');
    if (request.url === '/healthz') return reply(response, 200, { status: 'ok' });
    if (name === 'register') return this.#register(token, JSON.parse(await text(request)), response);
    if (this.hangs) return;
    if (this.refusal) return refuse(response, this.refusal);
    if (token !== this.nodeToken) return refuse(response, { status: 401, code: 'node_unknown' });
    if (name === 'events') {
      const asked = Number(new URL(request.url ?? '', 'http://x').searchParams.get('session_no'));
      if (asked === this.sessionNo && asked > 0) return this.#openStream(response);
      return refuse(response, { status: 409, code: 'session_fenced', details: { newest_session_no: this.sessionNo } });
    }
    const body = JSON.parse(await text(request));
    if (name !== 'session' && body.session_no !== undefined && body.session_no !== this.sessionNo) {
      return refuse(response, { status: 409, code: 'session_fenced', details: { newest_session_no: this.sessionNo } });
    }
    if (name === 'signals' && this.refuseSignals > 0) {
      this.refuseSignals -= 1;
      return refuse(response, { status: 503, code: 'database_away' });
    }
    reply(response, 200, { success: true, data: this.#answer(name, body) });
  }

  #answer(name: string, body: unknown): unknown {
    if (name === 'session') {
      this.sessionNo += 1;
      const pace = { heartbeat_s: 60, sync_poll_s: this.pollSeconds };
      const { epoch, head } = this.source;
      return {
        session_no: this.sessionNo,
        node_id: 'nod_test',
        protocol: 1,
        epoch,
        head,
        center_time: new Date().toISOString(),
        ...pace,
      };
    }
    if (name === 'sync') {
      const question = body as SyncRequest;
      this.syncs.push(question);
      return this.bend(this.source.answer(question));
    }
    if (name === 'heartbeat') {
      this.heartbeats.push(body as Record<string, unknown>);
      return { heartbeat_received: true, config_update_available: false, next_heartbeat_seconds: 60, actions: [] };
    }
    if (name === 'signals') {
      const { signals } = body as SignalsRequest;
      this.signals.push(...signals);
      return { taken: signals.length };
    }
    if (name === 'probe-answers') {
      this.probeAnswers.push(body as ProbeAnswer);
      return { accepted: true };
    }
    this.answers.push(body as StatsAnswer);
    return {};
  }

  async #register(token: string | undefined, body: Record<string, unknown>, response: ServerResponse): Promise<void> {
    if (token !== this.registrationToken) return refuse(response, { status: 401, code: 'registration_refused' });
    this.registrationToken = 'used';
    this.registrations.push(body);
    await this.onRegister(String(body['sealing_key']));
    const data = {
      node_id: 'nod_test',
      node_token: this.nodeToken,
      heartbeat_interval: 60,
      assigned_groups: [],
      initial_config_version: 0,
    };
    reply(response, 200, { success: true, data });
  }

  #openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
    this.#streams.add(response);
    response.once('close', () => this.#streams.delete(response));
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of request) all += chunk;
  return all;
}

function reply(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, { status, code, details, retryAfter }: Refusal): void {
  const error = { code, message: `refused: ${code}`, ...(details !== undefined && { details }), request_id: 'req_test' };
  reply(response, status, { success: false, error }, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
}
