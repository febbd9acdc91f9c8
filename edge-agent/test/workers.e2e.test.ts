import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findRecord, type NodeRecord } from '../src/commands/node-record.ts';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from './config-source.ts';
import { ask, type EdgeProcess, edge, newDataDir, runEdge } from './edge-process.ts';
import { ScriptedControlPlane } from './scripted-control-plane.ts';

let source: ConfigSource;
let center: ScriptedControlPlane;
let dataDir: string;
let provider: Provider;
const nodes: EdgeProcess[] = [];
const soon = { timeout: 15_000, interval: 20 };

/** Answers with a little usage after `waitMs`, and knows how many it works on. */
class Provider {
  waitMs = 0;
  status = 200;
  inside = 0;
  most = 0;
  asked = 0;
  readonly #server: Server = createServer((request, response) => {
    this.asked += 1;
    this.inside += 1;
    this.most = Math.max(this.most, this.inside);
    response.once('close', () => {
      this.inside -= 1;
    });
    request.resume();
    const text = JSON.stringify({
      id: `msg_${this.asked}`,
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [{ type: 'text', text: 'hi' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 5 },
    });
    const { status } = this;
    setTimeout(() => response.writeHead(status, { 'content-type': 'application/json' }).end(text), this.waitMs);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

beforeEach(async () => {
  dataDir = newDataDir();
  provider = new Provider();
  const origin = await provider.start();
  source = new ConfigSource();
  center = new ScriptedControlPlane(source);
  center.onRegister = async (publicKey) => {
    await source.sealTo('grp_a', 'nod_test', publicKey);
    source.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: origin }));
    source.put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
    source.put('grp_a', 'upstream', 'ups_1', account());
    source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  };
  await center.start();
  await edge('enroll', '--control-plane', center.url, '--token', center.registrationToken, '--data-dir', dataDir);
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill('SIGKILL')));
  await center.stop();
  provider.stop();
  await workersGone();
  rmSync(dataDir, { recursive: true, force: true });
});

const account = (more: Parameters<typeof upstreamBody>[3] = {}) =>
  upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-one'), more);

async function run(workers: number | string, ...args: string[]): Promise<EdgeProcess> {
  const env = { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' };
  const node = await runEdge(dataDir, ['--workers', String(workers), ...args], [], env);
  nodes.push(node);
  await vi.waitFor(async () => expect((await ask(node.origin, 'acp_one')).status).toBe(200), soon);
  return node;
}

function record(): NodeRecord {
  const found = findRecord(dataDir);
  if (!found) throw new Error('the node wrote no status');
  return found;
}

const isThere = (pid: number | null) => {
  try {
    return pid !== null && process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function workersGone(): Promise<void> {
  const pids = findRecord(dataDir)?.workers.map(({ pid }) => pid) ?? [];
  await vi.waitFor(() => expect(pids.filter(isThere)).toEqual([]), soon);
}

const serving = () => record().workers.filter(({ state }) => state === 'serving');
const askMany = (node: EdgeProcess, count: number, key = 'acp_one') =>
  Promise.all(Array.from({ length: count }, () => ask(node.origin, key).catch(() => ({ status: 0, body: '' }))));

test('serves with several processes behind one port, and leaves with all of them', async () => {
  const node = await run(3);
  const answers = await askMany(node, 30);
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 30 }, () => 200));
  await vi.waitFor(() => {
    expect(serving()).toHaveLength(3);
    expect(record().workers.every(({ ledger }) => (ledger?.seq ?? 0) > 0)).toBe(true);
  }, soon);
  const { stdout } = await edge('status', '--data-dir', dataDir);
  expect(stdout).toMatch(/worker 3 +serving, process \d+/);
  const ended = await node.kill('SIGTERM');
  expect(ended.code).toBe(0);
  await workersGone();
}, 60_000);
