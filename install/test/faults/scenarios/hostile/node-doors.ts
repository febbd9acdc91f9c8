import { TestEdge } from '../../../../../control-plane/test/edge-harness.ts';
import { newExchange } from '../../../../../control-plane/test/node-identity.ts';
import type { Stack } from '../../stack/stack.ts';

type Replica = Parameters<typeof TestEdge.enroll>[0];

/** What a node says of itself; the centre may keep it, and writes it into no log. */
export const saidByNode = 'canary-of-a-node-4c81ba';

const mount = '/api/v1/edge-nodes';
const signedWithIdentity = new Set(['/session', '/session/renew', '/identity']);

export interface Told {
  readonly status: number;
  /** Of a refusal. */
  readonly code: string;
}

/**
 * A node of its own that says strange things through every door of nodes, signed as they must be. One call at a time: a
 * body that is taken may move its session, and then it opens another.
 */
export class StrangeNode {
  readonly #edge: TestEdge;
  readonly #replica: Replica;

  private constructor(edge: TestEdge, replica: Replica) {
    this.#edge = edge;
    this.#replica = replica;
  }

  static async enroll(stack: Stack): Promise<StrangeNode> {
    // The harness takes a replica for its address and its clock alone.
    const replica = { url: `${stack.centre.urls[0]}${mount}`, ctx: { clock: { now: () => new Date() } } } as unknown as Replica;
    const path = '/admin/edge-nodes/registration-tokens';
    const { registration_token: token } = await stack.client.call<{ registration_token: string }>('POST', path, {});
    const node = new StrangeNode(await TestEdge.enroll(replica, token), replica);
    await node.#open();
    return node;
  }

  /** Where it says something right, and one word of it is strange. */
  get almostRight(): ReadonlyMap<string, () => Record<string, unknown>> {
    const edge = this.#edge;
    const instant = new Date().toISOString();
    const half = () => newExchange().publicKey;
    const session = { protocol: { min: 1, max: 1 }, build: saidByNode, boot_id: 'b', incarnation: 'i', last_seq: 0, chain: '' };
    const books = { books: 'strange', epoch: '', seq: 0, chain: '', base: { seq: 0, chain: '' }, batch: null };
    const signal = { id: saidByNode, kind: 'account_down', at: instant, group_id: 'none', service: null, upstream_id: null };
    const [id, none] = [saidByNode, null];
    const bodies: Record<string, () => Record<string, unknown>> = {
      '/challenge': () => ({ nonce: 'AAAAAAAAAAAAAAAAAAAAAA' }),
      '/register': () => ({ identity_key: edge.token.pair.publicKey, challenge: saidByNode, name: saidByNode }),
      '/session': () => ({ ...session, listen: '127.0.0.1:1', exchange: half() }),
      '/session/renew': () => ({ session_no: edge.sessionNo, exchange: half() }),
      '/identity': () => ({ session_no: edge.sessionNo, identity_key: half(), sealing_key: half(), signature: 'x'.repeat(86) }),
      '/sync': () => ({ ...edge.model.request(edge.sessionNo) }),
      '/heartbeat': () => ({
        node_id: edge.nodeId,
        status: 'active',
        active_requests: 0,
        config_version: 0,
        services_health: {},
      }),
      '/answers': () => ({
        session_no: edge.sessionNo,
        question_id: id,
        outcome: 'failed',
        message: id,
        covered_from: none,
        cells: [],
      }),
      '/probe-answers': () => ({ session_no: edge.sessionNo, probe_id: id, result: { ok: false, code: id, message: id } }),
      '/settle': () => ({ session_no: edge.sessionNo, ...books, slices: [], open: [], shares: [] }),
      '/signals': () => ({
        session_no: edge.sessionNo,
        signals: [{ ...signal, proxy_id: null, reason: id, until: null, count: 1 }],
      }),
    };
    return new Map(Object.entries(bodies));
  }

  /** What it was told; where the call was not let in, once more in a session of its own. */
  async say(door: string, body: Buffer, contentType: string): Promise<Told> {
    const told = await this.#say(door, body, contentType);
    if (told.status !== 401 && told.status !== 409) return told;
    await this.#open();
    return await this.#say(door, body, contentType);
  }

  async #say(door: string, body: Buffer, contentType: string): Promise<Told> {
    const { token } = this.#edge;
    const headers =
      door === '/challenge'
        ? {}
        : signedWithIdentity.has(door) || door === '/register'
          ? token.signed('POST', door, body)
          : token.call('POST', door, body);
    const answer = await fetch(`${this.#replica.url}${door}`, {
      method: 'POST',
      headers: { 'content-type': contentType, ...headers },
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(20_000),
    });
    return { status: answer.status, code: /"code":"(\w+)"/.exec(await answer.text())?.[1] ?? '' };
  }

  async #open(): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const { status } = await this.#edge.openSession(this.#replica);
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error('the strange node gets no session any more');
  }
}
