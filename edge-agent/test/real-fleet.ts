import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import type { NodeId, SessionId, UserId } from '@aicarpool/shared-protocol';
import { serve } from '@hono/node-server';
import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import { issueRegistrationToken } from '../../control-plane/src/fleet/enrollment/issue-registration-token.ts';
import type { Facts } from '../../control-plane/src/fleet/facts.ts';
import { edgeApi, type Fleet, type QuotaFacts, startFleet } from '../../control-plane/src/fleet/index.ts';
import { type HttpEnv, replyError, requestContext } from '../../control-plane/src/kernel/http/request-context.ts';
import { freshDatabase, type TestPg, testCtx } from '../../control-plane/test/pg.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from './config-source.ts';
import { type EdgeProcess, edge, newDataDir, runEdge } from './edge-process.ts';

export const admin = {
  kind: 'user' as const,
  userId: 'usr_admin' as UserId,
  role: 'super_admin' as const,
  sessionId: 'ses_1' as SessionId,
};

/** The real fleet over a real Postgres, with nodes as programs. What carpool would say comes from the memory of the test. */
export class RealFleet {
  readonly pg: TestPg;
  readonly source: ConfigSource;
  readonly facts: Facts;
  readonly fleet: Fleet;
  readonly url: string;
  readonly #stopListening: () => void;
  readonly #nodes: EdgeProcess[] = [];
  readonly #dirs: string[] = [];

  private constructor(opened: Pick<RealFleet, 'pg' | 'source' | 'facts' | 'fleet' | 'url'>, stopListening: () => void) {
    ({ pg: this.pg, source: this.source, facts: this.facts, fleet: this.fleet, url: this.url } = opened);
    this.#stopListening = stopListening;
  }

  static async open(quotas?: QuotaFacts): Promise<RealFleet> {
    const pg = await freshDatabase();
    const source = new ConfigSource();
    const facts = factsOf(source);
    const fleet = await startFleet(testCtx(pg), {
      ...{ database: pg, publicUrl: 'http://127.0.0.1', facts },
      ...(quotas && { quotas }),
    });
    const { url, stop } = await listen(pg, fleet);
    return new RealFleet({ pg, source, facts, fleet, url }, stop);
  }

  async close(): Promise<void> {
    await this.fleet.close();
    this.#stopListening();
    await this.pg.close();
  }

  async put(scope: string, kind: string, id: string, body: object): Promise<void> {
    this.source.put(scope, kind, id, body);
    await this.pg.db.execute(sql`SELECT cfg_note(${scope}, ${kind}, ${id}, 'u')`);
  }

  async remove(scope: string, kind: string, id: string): Promise<void> {
    this.source.remove(scope, kind, id);
    await this.pg.db.execute(sql`SELECT cfg_note(${scope}, ${kind}, ${id}, 'd')`);
  }

  /** One group, one account that is simulated, one key: `acp_one`. */
  async putGroup(over: object = {}): Promise<void> {
    await this.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: 'simulator://local' }));
    await this.put('grp_a', 'group', 'grp_a', groupBody('grp_a', over));
    const credential = this.source.sealSecret('grp_a', 'ups_1', 'sk-x');
    await this.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', credential));
    await this.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  }

  async newNode(env: Record<string, string> = {}): Promise<{ node: EdgeProcess; dataDir: string; nodeId: NodeId }> {
    const dataDir = this.newDataDir();
    const wish = { role: 'edge', groupIds: null, expiresInMinutes: 5 } as const;
    const { registrationToken } = await issueRegistrationToken(testCtx(this.pg, admin), wish, this.url);
    const { stdout, stderr } = await edge(
      ...['enroll', '--control-plane', this.url, '--token', registrationToken, '--data-dir', dataDir],
    );
    if (stderr !== '') throw new Error(`a node could not enroll: ${stderr}`);
    const nodeId = /nod_[0-9a-z]+/.exec(stdout)?.[0] as NodeId;
    return { node: await this.run(dataDir, [], env), dataDir, nodeId };
  }

  /** A folder, gone after the test. */
  newDataDir(): string {
    const dataDir = newDataDir();
    this.#dirs.push(dataDir);
    return dataDir;
  }

  /** A node that is killed after the test. */
  async run(dataDir: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<EdgeProcess> {
    const node = await runEdge(dataDir, [...args], [], env);
    this.#nodes.push(node);
    return node;
  }

  async endNodes(): Promise<void> {
    await Promise.all(this.#nodes.splice(0).map((node) => node.kill('SIGKILL')));
    for (const dir of this.#dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  }
}

function factsOf(source: ConfigSource): Facts {
  const readScope: Facts['readScope'] = async (_tx, scope) =>
    [...(source.scopes.get(scope)?.values() ?? [])].map(({ kind, id, body }) => ({ kind, id, body }));
  return {
    readScope,
    listPlaceableGroups: async () =>
      [...source.scopes.keys()]
        .filter((scope) => scope !== globalScope)
        .map((id) => ({ id, status: 'active' as const, mode: 'distributed' as const, nodeIds: [] })),
    readFactAt: async () => undefined,
    readResources: async (tx, scope, names) =>
      (await readScope(tx, scope)).filter(({ kind, id }) => names.some((name) => name.kind === kind && name.id === id)),
    dataKeysOf: async (_ctx, _tx, groupId) => [{ version: 1, key: source.dataKey(groupId) }],
  };
}

async function listen(pg: TestPg, fleet: Fleet): Promise<{ url: string; stop: () => void }> {
  const { db, clock, log, keyring, jobs } = testCtx(pg);
  const app = new Hono<HttpEnv>();
  app.use(requestContext({ db, clock, log, keyring, jobs }, () => '127.0.0.1'));
  app.onError(replyError);
  app.get('/healthz', (c) => c.text('ok'));
  app.route('/api/v1/edge-nodes', edgeApi(fleet));
  return await new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) =>
      resolve({ url: `http://127.0.0.1:${port}`, stop: () => server.close() }),
    );
  });
}
