import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  joinStatement,
  type NodeEvent,
  type ProbeAnswer,
  type SettleRequest,
  type Signal,
  type SignalsRequest,
  type StatsAnswer,
  type SyncAnswer,
  type SyncRequest,
} from '@aicarpool/shared-protocol';
import { CenterIdentity, type Incoming, provesToken } from './center-identity.ts';
import type { ConfigSource } from './config-source.ts';
import { ScriptedSettlement } from './scripted-settlement.ts';

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
  readonly identity: CenterIdentity;
  registrationToken: string;
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
  /** Budgets; several control planes of a test may share one. */
  settlement = new ScriptedSettlement();
  readonly #streams = new Set<ServerResponse>();

  constructor(source: ConfigSource, identity = new CenterIdentity()) {
    this.source = source;
    this.identity = identity;
    this.registrationToken = identity.newToken();
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
    if (request.url === '/healthz') return reply(response, 200, { status: 'ok' });
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const name = path.replace('/api/v1/edge-nodes/', '');
    const header = (field: string) => request.headers[field]?.toString();
    const call = { method: request.method ?? '', path: request.url ?? '', body: await text(request), header };
    if (name === 'challenge') return this.#challenge(call, response);
    if (name === 'register') return this.#register(call, response);
    if (this.hangs) return;
    if (this.refusal) return this.#refuse(call, response, this.refusal);
    if (name.startsWith('session')) return this.#session(name, call, response);
    const known = this.identity.verifyCall(call);
    if (known === 'unknown') return refuse(response, { status: 401, code: 'session_key_unknown' });
    if (!known) return refuse(response, { status: 401, code: 'call_forged' });
    const say = (answer: Said) => send(response, answer, known.prove);
    if (known.sessionNo !== this.sessionNo) return say(refusal(this.#fenced()));
    if (name === 'events') {
      const asked = Number(new URLSearchParams(query).get('session_no'));
      return asked === this.sessionNo && asked > 0 ? this.#openStream(response) : say(refusal(this.#fenced()));
    }
    const body = JSON.parse(call.body);
    if (body.session_no !== undefined && body.session_no !== this.sessionNo) return say(refusal(this.#fenced()));
    if (name === 'signals' && this.refuseSignals > 0) {
      this.refuseSignals -= 1;
      return say(refusal({ status: 503, code: 'database_away' }));
    }
    say({ status: 200, body: { success: true, data: this.#answer(name, body) } });
  }

  #fenced(): Refusal {
    return { status: 409, code: 'session_fenced', details: { newest_session_no: this.sessionNo } };
  }

  /** As the real one does, whatever it refuses: proved, where the call was. */
  #refuse(call: Incoming, response: ServerResponse, { retryAfter, ...wanted }: Refusal): void {
    const nonce = this.identity.verifySigned(call);
    const known = nonce === undefined ? this.identity.verifyCall(call) : undefined;
    const prove = (status: number, body: string) => {
      if (nonce !== undefined) return this.identity.proveSigned(nonce, status, body);
      return known && known !== 'unknown' ? known.prove(status, body) : '';
    };
    send(response, refusal(wanted), prove, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
  }

  #challenge(call: Incoming, response: ServerResponse): void {
    const data = { challenge: '1.x.y', signing_keys: this.identity.published(), center_time: new Date().toISOString() };
    const { nonce } = JSON.parse(call.body);
    send(response, { status: 200, body: { success: true, data } }, (status, body) =>
      this.identity.proveSigned(nonce, status, body),
    );
  }

  #session(name: string, call: Incoming, response: ServerResponse): void {
    const nonce = this.identity.verifySigned(call);
    if (nonce === undefined) {
      refuse(response, { status: 401, code: 'node_unknown' });
      return;
    }
    const say = (answer: Said) => send(response, answer, (status, body) => this.identity.proveSigned(nonce, status, body));
    if (this.identity.isSkewed(call)) {
      say(refusal({ status: 401, code: 'clock_skew', details: { center_time: new Date().toISOString() } }));
      return;
    }
    const body = JSON.parse(call.body);
    if (name === 'session') this.sessionNo += 1;
    if (body.session_no !== undefined && body.session_no !== this.sessionNo) {
      say(refusal(this.#fenced()));
      return;
    }
    const key = this.identity.newKey(this.sessionNo, body.exchange);
    const { epoch, head } = this.source;
    const pace = { heartbeat_s: 60, sync_poll_s: this.pollSeconds };
    const about = { session_no: this.sessionNo, node_id: this.identity.nodeId, protocol: 1, epoch, head, ...pace };
    say({ status: 200, body: { success: true, data: { ...about, center_time: new Date().toISOString(), key } } });
  }

  #answer(name: string, body: unknown): unknown {
    if (name === 'sync') {
      const question = body as SyncRequest;
      this.syncs.push(question);
      const bent = this.bend(this.source.answer(question));
      const isAnswer = typeof bent === 'object' && bent !== null && 'scopes' in bent && Array.isArray(bent.scopes);
      return isAnswer ? this.identity.seal(bent as SyncAnswer, question.nonce ?? '') : bent;
    }
    if (name === 'heartbeat') {
      this.heartbeats.push(body as Record<string, unknown>);
      return { heartbeat_received: true, config_update_available: false, next_heartbeat_seconds: 60, actions: [] };
    }
    if (name === 'settle') return this.settlement.answer(body as SettleRequest, this.url);
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

  async #register(call: Incoming, response: ServerResponse): Promise<void> {
    const body = JSON.parse(call.body);
    const nonce = this.identity.verifySigned(call, body.identity_key);
    if (nonce === undefined) return refuse(response, { status: 400, code: 'identity_unproved' });
    const say = (answer: Said) => send(response, answer, (status, text) => this.identity.proveSigned(nonce, status, text));
    const base = (registration: string) => joinStatement({ registration, base: baseOf(call) });
    if (!provesToken(call.header('authorization'), this.registrationToken, base))
      return say(refusal({ status: 401, code: 'registration_refused' }));
    this.registrationToken = 'used';
    this.identity.nodeKey = body.identity_key;
    this.registrations.push(body);
    await this.onRegister(String(body['sealing_key']));
    const data = {
      node_id: this.identity.nodeId,
      node_token: '',
      heartbeat_interval: 60,
      assigned_groups: [],
      initial_config_version: 0,
      signing_keys: this.identity.published(),
      approved: true,
    };
    say({ status: 200, body: { success: true, data } });
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

function refuse(response: ServerResponse, wanted: Refusal): void {
  const { status, body } = refusal(wanted);
  reply(response, status, body, wanted.retryAfter === undefined ? {} : { 'retry-after': wanted.retryAfter });
}

interface Said {
  readonly status: number;
  readonly body: unknown;
}

function refusal({ status, code, details }: Refusal): Said {
  const error = { code, message: `refused: ${code}`, ...(details !== undefined && { details }), request_id: 'req_test' };
  return { status, body: { success: false, error } };
}

function send(
  response: ServerResponse,
  { status, body }: Said,
  prove: (status: number, body: string) => string,
  headers: Record<string, string> = {},
): void {
  const written = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'carpool-proof': prove(status, written), ...headers });
  response.end(written);
}

function baseOf(call: Incoming): string {
  const parameters = call.header('signature-input')?.replace('carpool=', '') ?? '';
  const lines = [`"@method": ${call.method}`, `"@path": ${call.path}`, `"content-digest": ${call.header('content-digest')}`];
  return [...lines, `"@signature-params": ${parameters}`].join('\n');
}
