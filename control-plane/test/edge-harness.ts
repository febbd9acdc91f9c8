import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type NodeEvent, nodeEvent, type SyncAnswer, syncAnswer } from '@aicarpool/shared-protocol';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { edgeApi, type Facts, type Fleet, type QuotaFacts, startFleet } from '../src/fleet/index.ts';
import { type Clock, type Ctx, type HttpEnv, openDatabase, replyError, requestContext } from '../src/kernel/index.ts';
import { ModelEdge } from './model-edge.ts';
import { NodeIdentity, newExchange } from './node-identity.ts';
import { type TestPg, testCtx } from './pg.ts';

export interface Replica {
  readonly fleet: Fleet;
  readonly ctx: Ctx;
  readonly url: string;
  close(): Promise<void>;
}

/** One replica of the fleet side: its own pool, its own hub, its own listener on loopback. */
export async function startReplica(pg: TestPg, facts: Facts, clock?: Clock, quotas?: QuotaFacts): Promise<Replica> {
  const database = openDatabase({ url: pg.url });
  const ctx = testCtx(pg, undefined, { db: database.db, ...(clock ? { clock } : {}) });
  const fleet = await startFleet(ctx, { database, publicUrl: 'http://cp.test', facts, ...(quotas ? { quotas } : {}) });
  const app = new Hono<HttpEnv>();
  app.use(requestContext(ctx, () => '127.0.0.1'));
  app.onError(replyError);
  app.route('/api/v1/edge-nodes', edgeApi(fleet));
  const { port, server } = await new Promise<{ port: number; server: ReturnType<typeof serve> }>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info) => resolve({ port: info.port, server }));
  });
  return {
    fleet,
    ctx,
    url: `http://127.0.0.1:${port}/api/v1/edge-nodes`,
    async close() {
      await fleet.close();
      await new Promise((resolve) => server.close(resolve));
      await database.close();
    },
  };
}

export interface Reply {
  readonly status: number;
  /** The whole body as it came. */
  readonly text: string;
  readonly proof: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  readonly body: any;
}

/** Who calls: a bearer token, or a node that signs its session and authenticates its calls; null: nobody. */
export type Caller = string | NodeIdentity | null;

export async function call(url: string, caller: Caller, body?: unknown): Promise<Reply> {
  const method = body === undefined ? 'GET' : 'POST';
  const text = body === undefined ? '' : JSON.stringify(body);
  const reply = await send(url, method, text, headersOf(caller, method, pathOf(url), text));
  if (!(caller instanceof NodeIdentity) || reply.body.error?.code !== 'session_key_expired') return reply;
  const half = newExchange();
  const renewal = `${url.slice(0, url.indexOf('/edge-nodes/'))}/edge-nodes/session/renew`;
  const renewed = await call(renewal, caller, { session_no: caller.sessionNo, exchange: half.publicKey });
  if (renewed.status !== 200) return renewed;
  caller.take(half, caller.sessionNo, renewed.body.data.key);
  return await send(url, method, text, headersOf(caller, method, pathOf(url), text));
}

/** One request with exactly these headers. */
export async function send(url: string, method: string, body: string, headers: Record<string, string>): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text), proof: response.headers.get('carpool-proof') };
}

/** What stands behind the mount of the edge API. */
export const pathOf = (url: string): string => url.slice(url.indexOf('/edge-nodes/') + '/edge-nodes'.length);

function headersOf(caller: Caller, method: string, path: string, body: string): Record<string, string> {
  if (caller === null) return {};
  if (typeof caller === 'string') return { authorization: `Bearer ${caller}` };
  const signs = path === '/identity' || path.startsWith('/session');
  return signs ? caller.signed(method, path, body) : caller.call(method, path, body);
}

export const newSealingKey = (): string =>
  generateKeyPairSync('x25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64url');

/** Asks for a challenge and registers; `request` goes into the body. */
export async function join(replica: Replica, identity: NodeIdentity, token: string, request: object = {}): Promise<Reply> {
  const nonce = randomBytes(16).toString('base64url');
  const asked = await call(`${replica.url}/challenge`, null, { nonce });
  const body = JSON.stringify({ identity_key: identity.pair.publicKey, challenge: asked.body.data.challenge, ...request });
  return await send(`${replica.url}/register`, 'POST', body, identity.joining(token, body));
}

/** A node as the contract asks for it, over real HTTP. It keeps every text that it was sent. */
export class TestEdge {
  readonly model = new ModelEdge();
  /** What `call` authenticates its calls with. */
  readonly token: NodeIdentity;
  readonly nodeId: string;
  sessionNo = 0;
  readonly received: string[] = [];
  readonly dataKeys: SyncAnswer['scopes'][number]['data_keys'] = [];

  constructor(nodeId: string, token: NodeIdentity) {
    this.nodeId = nodeId;
    this.token = token;
    token.nodeId = nodeId;
  }

  /** Proves the token over a request that its new identity key signed. `nowMs`: the clock of the replica, where it is no real one. */
  static async enroll(replica: Replica, registrationToken: string, request: object = {}): Promise<TestEdge> {
    const identity = new NodeIdentity(undefined, () => Math.floor(replica.ctx.clock.now().getTime() / 1000));
    const { body } = await join(replica, identity, registrationToken, request);
    if (body.data === undefined) throw new Error(JSON.stringify(body));
    return new TestEdge(body.data.node_id, identity);
  }

  async openSession(replica: Replica, over: object = {}): Promise<Reply> {
    const half = newExchange();
    const protocol = { min: 1, max: 1 };
    const session = {
      protocol,
      build: 'test',
      boot_id: 'b',
      incarnation: 'i',
      last_seq: 0,
      chain: '',
      listen: '127.0.0.1:1',
      exchange: half.publicKey,
      ...over,
    };
    const reply = await call(`${replica.url}/session`, this.token, session);
    if (reply.status !== 200) return reply;
    this.sessionNo = reply.body.data.session_no;
    this.token.take(half, this.sessionNo, reply.body.data.key);
    return reply;
  }

  async renew(replica: Replica): Promise<Reply> {
    const half = newExchange();
    const body = { session_no: this.sessionNo, exchange: half.publicKey };
    const reply = await call(`${replica.url}/session/renew`, this.token, body);
    if (reply.status === 200) this.token.take(half, this.sessionNo, reply.body.data.key);
    return reply;
  }

  /** Asks until the answer held everything and was acknowledged; gives the number of questions. */
  async sync(replica: Replica): Promise<number> {
    for (let round = 1; round < 50; round += 1) {
      const reply = await call(`${replica.url}/sync`, this.token, this.model.request(this.sessionNo));
      if (reply.status !== 200) throw new Error(reply.text);
      this.received.push(reply.text);
      const answer = syncAnswer.parse(reply.body.data);
      this.model.apply(answer);
      for (const { data_keys } of answer.scopes) this.dataKeys.push(...data_keys);
      if (!answer.more && answer.scopes.length === 0) return round;
    }
    throw new Error('a node was kept busy for ever');
  }

  heartbeat(replica: Replica, over: object = {}): Promise<Reply> {
    const pulse = { node_id: this.nodeId, status: 'active', active_requests: 0, config_version: this.model.base, ...over };
    return call(`${replica.url}/heartbeat`, this.token, pulse);
  }

  async events(replica: Replica): Promise<EventReader> {
    const abort = new AbortController();
    const path = `/events?session_no=${this.sessionNo}`;
    const headers = this.token.call('GET', path, '');
    const response = await fetch(`${replica.url}${path}`, { headers, signal: abort.signal });
    if (response.status !== 200 || !response.body) throw new Error(`${response.status} ${await response.text()}`);
    return new EventReader(response.body, abort);
  }
}

/** Server-sent events one by one; `close` is a node that hangs up. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  #text = '';

  constructor(body: ReadableStream<Uint8Array>, abort: AbortController) {
    this.#reader = body.getReader();
    this.#abort = abort;
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<NodeEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const frame = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const data = frame.split('\n').find((line) => line.startsWith('data: '));
        if (data) return nodeEvent.parse(JSON.parse(data.slice(6)));
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += new TextDecoder().decode(value);
    }
  }

  async nextOf<T extends NodeEvent['type']>(type: T): Promise<Extract<NodeEvent, { type: T }>> {
    for (;;) {
      const event = await this.next();
      if (!event) throw new Error(`the stream ended before ${type}`);
      if (event.type === type) return event as Extract<NodeEvent, { type: T }>;
    }
  }

  close(): void {
    this.#abort.abort();
  }
}
