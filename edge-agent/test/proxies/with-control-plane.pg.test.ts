import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { withServices } from '../../../control-plane/test/carpool-factories.ts';
import { openConsole, type TestConsole } from '../../../control-plane/test/console.ts';
import { freshDatabase, type TestPg } from '../../../control-plane/test/pg.ts';
import { ask } from '../ask.ts';
import { type EdgeProcess, edge, newDataDir, runEdge } from '../edge-process.ts';
import { anthropicAnswer, type FakeUpstream, fakeUpstream, json } from '../fake-upstream/fake-upstream.ts';
import { type SmallProxy, smallProxy } from './small-proxy.ts';

let pg: TestPg;
let console_: TestConsole;
let upstream: FakeUpstream;
let admin: string;
const closers: (() => Promise<unknown>)[] = [];
const soon = { timeout: 15_000, interval: 50 };
const loopback = { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' };

beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  console_ = await openConsole(pg, loopback);
  upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
  admin = (await console_.signInAs('admin')).token;
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close().catch(() => undefined);
});
afterAll(async () => {
  await console_.close();
  await upstream.close();
  await pg.close();
});

async function api(method: string, path: string, body?: unknown) {
  const answer = await console_.call(method, path, { token: admin, ...(body === undefined ? {} : { body }) });
  expect([method, path, answer.status, answer.body]).toEqual([method, path, 200, expect.anything()]);
  return answer.body.data;
}

async function proxy(login?: { username: string; password: string }): Promise<SmallProxy> {
  const started = await smallProxy(login ? { login } : {});
  closers.push(started.kill);
  return started;
}

const place = ({ port }: SmallProxy) => ({ proxy_type: 'socks5', host: '127.0.0.1', port });

async function groupThroughProxies() {
  const group = await api('POST', '/carpool/groups', { name: 'Proxied', deployment_mode: 'distributed' });
  const account = { service_name: 'claude', name: 'one', credential: 'sk-ant-one-two-three', base_url: upstream.url };
  const upstreamAccount = await api('POST', `/carpool/groups/${group.id}/upstream-accounts`, account);
  const services = [{ service_name: 'claude', enabled: true, proxy_enabled: true }];
  await api('PUT', `/carpool/groups/${group.id}/ai-services`, { enabled_services: ['claude'], services });
  await api('PATCH', `/carpool/groups/${group.id}`, { status: 'active' });
  const { api_key: key } = await api('POST', '/user/api-keys', { name: 'k', group_id: group.id });
  return { groupId: group.id as string, upstreamId: upstreamAccount.id as string, key: key as string };
}

async function node(): Promise<EdgeProcess & { port: number }> {
  const dataDir = newDataDir();
  const { registration_token } = await api('POST', '/admin/edge-nodes/registration-tokens', {});
  const enrolled = await edge('enroll', '--control-plane', console_.url, '--token', registration_token, '--data-dir', dataDir);
  expect(enrolled.stderr).toBe('');
  const started = await runEdge(dataDir, [], [], loopback);
  closers.push(async () => {
    await started.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { ...started, port: Number(new URL(started.origin).port) };
}

test('what is set at the console carries requests through the proxy, is checked by the node, and follows every change', async () => {
  const [first, second] = [await proxy({ username: 'u', password: 'canary-first' }), await proxy()];
  const { groupId, upstreamId, key } = await groupThroughProxies();
  const { proxy_resource_id: a, status } = await api('POST', '/proxy-resources', {
    name: 'A',
    ...place(first),
    username: 'u',
    password: 'canary-first',
  });
  expect(status).toBe('active');
  const { proxy_resource_id: b } = await api('POST', '/proxy-resources', { name: 'B', ...place(second) });
  await api('PUT', `/groups/${groupId}/deployment-config`, {
    proxy_strategy: 'fixed',
    proxy_pool_ids: [a],
    fallback_enabled: false,
  });
  const edgeNode = await node();
  await vi.waitFor(async () => expect((await ask(edgeNode, { key })).status).toBe(200), soon);
  expect(first.asked).toEqual([new URL(upstream.url).host]);

  const check = await api('POST', `/proxy-resources/${a}/health-check`);
  expect(check).toMatchObject({ status: 'healthy', results: { checked_by: 'node', connectivity: 'ok', exit_address: null } });

  await api('PUT', `/proxy-resources/${a}`, { password: 'wrong' });
  await vi.waitFor(async () => expect((await ask(edgeNode, { key })).status).toBe(503), soon);
  await api('PATCH', `/carpool/groups/${groupId}/upstream-accounts/${upstreamId}`, { proxy_resource_id: b });
  await vi.waitFor(async () => expect((await ask(edgeNode, { key })).status).toBe(200), soon);
  expect(second.asked).toHaveLength(1);

  const refused = await console_.call('DELETE', `/proxy-resources/${b}`, { token: admin });
  expect(refused.body.error.code).toBe('proxy_in_use');
  const { output } = edgeNode;
  for (const text of [output.stdout, output.stderr]) expect(text).not.toMatch(/canary-first|sk-ant-one/);
});
