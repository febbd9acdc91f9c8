import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newId } from '@aicarpool/shared-protocol';
import pLimit from 'p-limit';
import { carpoolQuotas } from '../../src/carpool/tables.ts';
import { issueRegistrationToken } from '../../src/fleet/enrollment/issue-registration-token.ts';
import { checkInvariants } from '../../src/fleet/settlement/proofs/check-invariants.ts';
import { fleetNodeScopes } from '../../src/fleet/tables.ts';
import { type Ctx, newLogger, openDatabase, openKeyring, startEmbeddedPostgres, systemClock } from '../../src/kernel/index.ts';
import type { Replica } from '../../test/edge-harness.ts';
import { insertGroup, insertKeys, nameNodes } from '../../test/plain-config.ts';
import { cpuOf, cpuOfFamily } from './cpu-of.ts';
import { enroll, LightNode, type NodePlan } from './light-node.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    accounts: { type: 'string', default: '20' },
    every: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '30' },
    pace: { type: 'string', default: 'timed' },
  },
});
const nodeCount = Number(values.nodes);
const accounts = Number(values.accounts);
const everyMs = Number(values.every) * 1000;
const lastsMs = Number(values.seconds) * 1000;
const nodesPerGroup = 20;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function startProgram(databaseUrl: string, masterKey: Buffer, dataDir: string, port: number) {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', DATABASE_URL: databaseUrl, CARPOOL_MASTER_KEY: masterKey.toString('hex') },
    ...{ CARPOOL_DATA_DIR: dataDir, CARPOOL_PORT: String(port), CARPOOL_DEMO: 'false' },
  };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return { child, url: `${url}/api/v1/edge-nodes` };
    if (attempt > 150 || child.exitCode !== null) throw new Error('the control plane did not start');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function populate(ctx: Ctx, replica: Replica): Promise<LightNode[]> {
  const nodes: LightNode[] = [];
  const limit = pLimit(16);
  for (let start = 0; start < nodeCount; start += nodesPerGroup) {
    const groupId = await insertGroup(ctx.db, { deploymentMode: 'distributed' });
    const keys = await insertKeys(ctx.db, groupId, accounts);
    const quotaId = newId('quota');
    const now = new Date();
    const rule = { groupId, of: 'key', unit: 'nano_usd', window: 'day', limit: 10 ** 12, origin: 'quota' } as const;
    await ctx.db.insert(carpoolQuotas).values({ id: quotaId, ...rule, createdAt: now, updatedAt: now });
    const plan: NodePlan = { groupId, quotaId, keys };
    const count = Math.min(nodesPerGroup, nodeCount - start);
    const edges = await Promise.all(
      Array.from({ length: count }, () =>
        limit(async () => {
          const wanted = { role: 'edge', groupIds: null, expiresInMinutes: 60 } as const;
          const { registrationToken } = await issueRegistrationToken(ctx, wanted, 'http://cp.bench');
          return await enroll(replica, registrationToken);
        }),
      ),
    );
    await nameNodes(
      ctx.db,
      groupId,
      edges.map(({ nodeId }) => nodeId),
    );
    await ctx.db.insert(fleetNodeScopes).values(edges.map(({ nodeId }) => ({ nodeId, scope: groupId, servedSince: now })));
    nodes.push(...edges.map((edge) => new LightNode(edge, plan, newId('request'))));
  }
  await Promise.all(nodes.map((node) => limit(() => node.begin(replica.url))));
  // Nodes of a group do not report one right after the other.
  return nodes.toSorted((a, b) => (a.edge.token.pair.publicKey < b.edge.token.pair.publicKey ? -1 : 1));
}

/**
 * Every node reports at its own moment of the interval, again and again. `flat`: as fast as 16 connections go. Gives how many
 * reports were answered before their node had to send the next one: a slow centre keeps nodes from that, and they catch up later.
 */
async function load(nodes: readonly LightNode[], url: string, took: number[], errors: string[]): Promise<number> {
  let inTime = 0;
  const endsAtMs = performance.now() + lastsMs;
  const once = async (node: LightNode): Promise<void> => {
    try {
      took.push(await node.report(url));
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
    }
  };
  if (values.pace === 'flat') {
    const lanes = Array.from({ length: 16 }, (_, lane) => nodes.filter((_node, at) => at % 16 === lane));
    await Promise.all(
      lanes.map(async (lane) => {
        for (let at = 0; performance.now() < endsAtMs; at += 1) {
          const node = lane[at % lane.length];
          if (node) await once(node);
        }
      }),
    );
    return took.length;
  }
  await Promise.all(
    nodes.map(async (node, at) => {
      let dueAtMs = performance.now() + (everyMs * at) / nodes.length;
      while (dueAtMs < endsAtMs) {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAtMs - performance.now())));
        await once(node);
        dueAtMs += everyMs;
        if (performance.now() < dueAtMs) inTime += 1;
      }
    }),
  );
  return inTime;
}

const at = (sorted: readonly number[], q: number): string => (sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(1);

const dataDir = await mkdtemp(join(tmpdir(), 'carpool-settlement-'));
await using opened = new AsyncDisposableStack();
opened.defer(() => rm(dataDir, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void opened.disposeAsync().finally(() => process.exit(1)));
const log = newLogger('error');
const postgres = opened.adopt(await startEmbeddedPostgres({ dataDir, log }), (server) => server.close());
const masterKey = randomBytes(32);
const program = opened.adopt(
  await startProgram(postgres.address.url, masterKey, join(dataDir, 'control'), await freePort()),
  async ({ child }) => {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  },
);
const database = opened.adopt(openDatabase(postgres.address), (one) => one.close());
const ctx: Ctx = {
  db: database.db,
  actor: { kind: 'system', name: 'bench' },
  clock: systemClock,
  requestId: 'bench',
  address: null,
  log,
  keyring: openKeyring(masterKey),
  jobs: { enqueue: async () => undefined },
};
// The harness takes a replica for its address and clock alone.
const replica = { url: program.url, ctx } as Replica;
const nodes = await populate(ctx, replica);
console.log(`${nodes.length} nodes with ${accounts} accounts each, a report every ${everyMs / 1000} s, for ${lastsMs / 1000} s`);
const took: number[] = [];
const errors: string[] = [];
await load(nodes, program.url, [], errors);
// What autovacuum does within the first minutes: before it, statements are planned for empty tables.
await database.sql`ANALYZE`;
const before = { control: cpuOf(program.child.pid ?? 0), postgres: cpuOfFamily(postgres.pid()), atMs: performance.now() };
const inTime = await load(nodes, program.url, took, errors);
const seconds = (performance.now() - before.atMs) / 1000;
const controlCores = (cpuOf(program.child.pid ?? 0) - before.control) / seconds;
const postgresCores = (cpuOfFamily(postgres.pid()) - before.postgres) / seconds;
took.sort((a, b) => a - b);
const [deadlocks] = await database.sql<{ n: string }[]>`SELECT sum(deadlocks) AS n FROM pg_stat_database`;
const violations = await checkInvariants(ctx);
const refused = nodes.reduce((sum, node) => sum + node.refused, 0);
console.log(`reports/s ${(took.length / seconds).toFixed(1)}   slices/s ${((took.length * accounts) / seconds).toFixed(0)}`);
console.log(`p50 ${at(took, 0.5)} ms   p99 ${at(took, 0.99)} ms   max ${at(took, 1)} ms`);
console.log(
  `cores: control plane ${controlCores.toFixed(2)}, Postgres ${postgresCores.toFixed(2)}, together ${(controlCores + postgresCores).toFixed(2)}`,
);
console.log(
  `deadlocks ${deadlocks?.n ?? 0}   invariants violated ${violations.length}   refused ${refused}   errors ${errors.length}`,
);
for (const text of new Set([...errors.slice(0, 3), ...violations.slice(0, 3).map((one) => JSON.stringify(one))]))
  console.log(text);
const isRight = errors.length + violations.length + refused + Number(deadlocks?.n ?? 0) === 0;
const wanted = (nodes.length * lastsMs) / everyMs;
const isPaced = inTime >= 0.95 * wanted;
if (values.pace !== 'flat') console.log(`answered in time ${inTime} of ${wanted.toFixed(0)}${isPaced ? '' : ': missed'}`);
process.exitCode = isRight && (values.pace === 'flat' || (isPaced && controlCores + postgresCores < 1)) ? 0 : 1;
