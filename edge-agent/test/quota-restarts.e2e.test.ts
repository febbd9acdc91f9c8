import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, upstreamBody } from './config-source.ts';
import { ask, type EdgeProcess, edge, newDataDir, runEdge } from './edge-process.ts';
import { quotaBody } from './quota-nodes.ts';
import { ScriptedControlPlane } from './scripted-control-plane.ts';

let source: ConfigSource;
let center: ScriptedControlPlane;
let dataDir: string;
const nodes: EdgeProcess[] = [];
const soon = { timeout: 20_000, interval: 50 };
const rule = quotaBody({ group_id: 'grp_a', limit: 1_000_000 });

async function run(): Promise<EdgeProcess> {
  const node = await runEdge(dataDir);
  nodes.push(node);
  return node;
}

const status = async (node: EdgeProcess) => (await ask(node.origin, 'acp_one')).status;
const served = (node: EdgeProcess) => vi.waitFor(async () => expect(await status(node)).toBe(200), soon);
const books = () => [...center.settlement.books.values()];
const spent = () => center.settlement.window('quo_1')?.state.spent ?? 0;

/** What the centre was told of rows and of rights agrees. */
const agrees = (requests: number) =>
  vi.waitFor(() => {
    expect(books().reduce((sum, one) => sum + one.requests, 0)).toBe(requests);
    expect(books().reduce((sum, one) => sum + one.tokens, 0)).toBe(spent());
  }, soon);

beforeEach(async () => {
  dataDir = newDataDir();
  source = new ConfigSource();
  center = new ScriptedControlPlane(source);
  center.settlement.put(rule);
  center.onRegister = async (publicKey) => {
    await source.sealTo('grp_a', 'nod_test', publicKey);
    source.put(globalScope, 'service', 'claude', serviceBody('claude', { base_url: 'simulator://local' }));
    source.put('grp_a', 'group', 'grp_a', groupBody('grp_a'));
    source.put('grp_a', 'quota', rule.id, rule);
    source.put('grp_a', 'upstream', 'ups_1', upstreamBody('ups_1', 'grp_a', source.sealSecret('grp_a', 'ups_1', 'sk-test')));
    source.put('grp_a', 'key', 'key_1', keyBody('key_1', 'grp_a', 'acp_one'));
  };
  await center.start();
  await edge('enroll', '--control-plane', center.url, '--token', center.registrationToken, '--data-dir', dataDir);
});
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.kill('SIGKILL')));
  await center.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('a killed node has its rights when it starts again, though nobody answers; afterwards everything settles', async () => {
  const node = await run();
  await served(node);
  for (let at = 0; at < 4; at += 1) await served(node);
  await agrees(5);
  await vi.waitFor(() => expect(center.settlement.window('quo_1')?.state.granted).toBeGreaterThan(spent() + 4_000), soon);
  await center.stop();
  expect(await status(node)).toBe(200);
  await node.kill('SIGKILL');
  const second = await run();
  expect(await status(second)).toBe(200);
  const ended = await second.kill('SIGTERM');
  expect(ended.code).toBe(0);
  const third = await run();
  expect(await status(third)).toBe(200);
  await center.start();
  await agrees(8);
});

test('a node that ends well gives back what it does not need', async () => {
  const node = await run();
  await served(node);
  await agrees(1);
  expect((await node.kill('SIGTERM')).code).toBe(0);
  const state = center.settlement.window('quo_1')?.state;
  expect(state && state.granted - state.returned).toBe(spent());
  expect(center.settlement.questions.at(-1)).toMatchObject({ last: true });
});

test('books that are not what was settled are set aside, and the next start begins new ones', async () => {
  const node = await run();
  await served(node);
  await agrees(1);
  const [name] = center.settlement.books.keys();
  center.settlement.forked.add(name ?? '');
  const closed = new Promise<number | null>((resolve) => node.child.once('exit', (code) => resolve(code)));
  expect(await status(node)).toBe(200);
  expect(await closed).toBe(74);
  const again = await run();
  await served(again);
  await vi.waitFor(() => expect(center.settlement.books.size).toBe(2), soon);
});
