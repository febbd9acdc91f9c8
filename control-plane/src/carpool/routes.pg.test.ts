import type { AlertId, GroupId } from '@aicarpool/shared-protocol';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, join, makeGroup, makeKey, makeUpstream, newPerson, withServices } from '../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../test/pg.ts';
import { type Ctx, consoleApi, currentHead, type HttpEnv, replyError } from '../kernel/index.ts';
import { quotaIdOf } from './quotas/rules/rule.ts';
import { carpoolRouterOver } from './routes.ts';
import { carpoolAlerts } from './tables.ts';
import { exportConfig } from './versions/exchange-config.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const router = carpoolRouterOver(addressPolicy({}, '127.0.0.0/8'));

async function call(ctx: Ctx, method: string, path: string, body?: unknown) {
  const http = new Hono<HttpEnv>();
  http.onError(replyError);
  http.use(async (c, next) => {
    c.set('ctx', ctx);
    await next();
  });
  http.use(
    '/api/v1/*',
    consoleApi(router, '/api/v1', () => ({ ctx })),
  );
  const init =
    body === undefined ? { method } : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await http.request(`/api/v1${path}`, init);
  return {
    status: response.status,
    body: (await response.json()) as { success: boolean; data: never; error: { code: string; details: never } },
  };
}

/** Every route of carpool, with a request that is well formed. */
const routes = (
  group: string,
  upstream: string,
  key: string,
  own: string,
  proxy: string,
  version: number,
  config: unknown,
): readonly (readonly [string, string, unknown?])[] => [
  ['GET', '/ai-services'],
  ['GET', '/ai-services/claude'],
  ['PUT', '/ai-services/claude', { description: 'x' }],
  ['POST', '/ai-services', { service_name: 'house', kind: 'mistral', base_url: 'https://api.mistral.ai' }],
  ['DELETE', '/ai-services/house'],
  [
    'POST',
    '/admin/ai-services/prices',
    {
      price_list: {
        version: '2030-01-01',
        sources: { a: { name: 'a', date: '2030-01-01' } },
        models: [{ services: ['claude'], model: 'm', source: 'a', usd_per_million: null }],
      },
    },
  ],
  ['POST', '/carpool/groups', { name: 'New' }],
  ['GET', '/carpool/groups?page=1&limit=5&status=draft'],
  ['GET', `/carpool/groups/${group}`],
  ['PATCH', `/carpool/groups/${group}`, { name: 'Other' }],
  ['GET', `/carpool/groups/${group}/members`],
  ['GET', `/carpool/groups/${group}/ai-services`],
  ['PUT', `/carpool/groups/${group}/ai-services`, { enabled_services: ['claude'] }],
  ['PUT', `/carpool/groups/${group}/ai-services/failover`, { enabled: true, failover_chain: ['claude'] }],
  [
    'POST',
    `/carpool/groups/${group}/upstream-accounts`,
    {
      service_name: 'claude',
      name: 'Another',
      credential: 'sk-ant-another-one',
      base_url: 'http://127.0.0.1:9',
      priority: 1,
      weight: 100,
    },
  ],
  ['GET', `/carpool/groups/${group}/upstream-accounts`],
  ['GET', `/carpool/groups/${group}/upstream-accounts/${upstream}`],
  ['PATCH', `/carpool/groups/${group}/upstream-accounts/${upstream}`, { weight: 5 }],
  ['GET', `/carpool/groups/${group}/routing`],
  ['PUT', `/carpool/groups/${group}/routing`, { strategy: 'cost' }],
  ['GET', `/carpool/groups/${group}/limits`],
  ['PUT', `/carpool/groups/${group}/limits`, { member: { concurrency: 3 } }],
  ['GET', `/carpool/groups/${group}/events?kind=account_down`],
  [
    'POST',
    `/carpool/groups/${group}/upstream-accounts/import`,
    { format: 'csv', content: 'service_name,name,credential\nclaude,Imported,sk-ant-imported-one' },
  ],
  ['POST', `/carpool/groups/${group}/upstream-accounts/oauth/start`, { service_name: 'claude', name: 'Signed in' }],
  ['POST', `/carpool/groups/${group}/upstream-accounts/oauth/finish`, { state: 'unknown', code: 'unknown' }],
  ['POST', `/carpool/groups/${group}/upstream-accounts/oauth/poll`, { state: 'unknown' }],
  [
    'POST',
    '/user/upstream-accounts',
    { group_id: group, service_name: 'gemini', name: 'Own, too', credential: 'AIza-own-account' },
  ],
  ['GET', '/user/upstream-accounts'],
  ['PATCH', `/user/upstream-accounts/${own}`, { concurrency: 1 }],
  ['DELETE', `/user/upstream-accounts/${own}`],
  ['POST', '/user/api-keys', { name: 'Key', group_id: group }],
  ['GET', `/user/api-keys?group_id=${group}`],
  ['GET', `/user/api-keys/${key}`],
  ['PATCH', `/user/api-keys/${key}`, { status: 'active' }],
  ['POST', `/user/api-keys/${key}/rotate`],
  ['GET', `/user/api-keys/${key}/progress`],
  ['DELETE', `/user/api-keys/${key}`],
  ['GET', '/proxy-resources?status=active&proxy_type=socks5&country=JP&provider=x'],
  ['POST', '/proxy-resources', { name: 'Another', host: '127.0.0.1', port: 9, username: proxy }],
  ['GET', `/proxy-resources/${proxy}`],
  ['PUT', `/proxy-resources/${proxy}`, { status: 'maintenance' }],
  ['POST', `/proxy-resources/${proxy}/health-check`],
  ['GET', `/proxy-resources/${proxy}/usage-stats?period=day`],
  ['DELETE', `/proxy-resources/${proxy}`],
  ['GET', `/groups/${group}/deployment-config`],
  ['PUT', `/groups/${group}/deployment-config`, { proxy_strategy: 'random' }],
  ['POST', `/carpool/groups/${group}/quotas`, { of: 'group', unit: 'tokens', window: 'day', limit: 1000 }],
  ['GET', `/carpool/groups/${group}/quotas`],
  ['PATCH', `/carpool/groups/${group}/quotas/${quotaOf(group)}`, { limit: 2000, reason: 'more work' }],
  ['GET', `/carpool/groups/${group}/quotas/${quotaOf(group)}/trend`],
  ['GET', `/carpool/groups/${group}/quotas/history`],
  ['DELETE', `/carpool/groups/${group}/quotas/${quotaOf(group)}?reason=over`],
  ['PUT', `/carpool/groups/${group}/quota`, { total_token_limit: 5000, max_keys_per_user: 30 }],
  ['GET', '/user/quota'],
  ['GET', '/alerts?status=open'],
  ['POST', `/alerts/${alertOf(group)}/acknowledge`],
  ['GET', `/carpool/groups/${group}/config-versions`],
  ['GET', `/carpool/groups/${group}/config-versions/${version}`],
  ['GET', `/carpool/groups/${group}/config-versions/${version}/changes`],
  ['POST', `/carpool/groups/${group}/config-versions/${version}/restore`, { reason: 'it was better' }],
  ['GET', `/carpool/groups/${group}/config`],
  ['PUT', `/carpool/groups/${group}/config`, { config, dry_run: true }],
  ['DELETE', `/carpool/groups/${group}/upstream-accounts/${upstream}`],
  ['DELETE', `/carpool/groups/${group}`],
  ['DELETE', '/demo'],
];

const ofDay = { of: 'group', subject: null, serviceId: null, unit: 'tokens', window: 'day' } as const;
const quotaOf = (group: string) => quotaIdOf(group as GroupId, ofDay);
const alertOf = (group: string) => `alt_${group}`;

async function fixture() {
  const manager = await newPerson(pg, 'group_manager');
  const group = await makeGroup(manager);
  const upstream = await makeUpstream(manager, group.id);
  const services = [{ service_name: 'gemini', auth_method: 'individual_keys' }];
  await call(manager, 'PUT', `/carpool/groups/${group.id}/ai-services`, { enabled_services: ['claude'], services });
  const wish = { group_id: group.id, service_name: 'gemini', name: 'Own', credential: 'AIza-own-account' };
  const own = (await call(manager, 'POST', '/user/upstream-accounts', wish)).body.data as { id: string };
  const place = { name: 'Proxy', host: '127.0.0.1', port: 9, username: group.id };
  const added = await call(await newPerson(pg, 'admin'), 'POST', '/proxy-resources', place);
  const { proxy_resource_id: proxy } = added.body.data as { proxy_resource_id: string };
  const key = await makeKey(manager, { group_id: group.id as never });
  const quota = { of: 'group', unit: 'tokens', window: 'day', limit: 1000 };
  expect((await call(manager, 'POST', `/carpool/groups/${group.id}/quotas`, quota)).status).toBe(200);
  const alert = { id: alertOf(group.id) as AlertId, groupId: group.id as GroupId, quotaId: quotaOf(group.id), place: ofDay };
  await pg.db
    .insert(carpoolAlerts)
    .values({ ...alert, subject: '', level: 'near', limit: 1000, used: 800, raisedAt: manager.clock.now() });
  const { head } = await currentHead(pg.db);
  const config = await exportConfig(manager, group.id);
  return { manager, group, paths: routes(group.id, upstream.id, key.id, own.id, proxy, head, config) };
}

const answersOf = async (ctx: Ctx, paths: ReturnType<typeof routes>) => {
  const answers: [string, number][] = [];
  for (const [method, path, body] of paths) answers.push([`${method} ${path}`, (await call(ctx, method, path, body)).status]);
  return answers;
};

/** What a sign-in answers where no service is set up for it. */
function withoutSignIn(route: string): number | undefined {
  if (route.endsWith('/oauth/start')) return 400;
  return /oauth\/(finish|poll)$/.test(route) ? 404 : undefined;
}

describe('the routes of carpool', () => {
  it('are many, and each has its row in this table', () => {
    const count = (node: object): number =>
      '~orpc' in node ? 1 : Object.values(node).reduce((sum: number, child) => sum + count(child as object), 0);
    expect(count(router)).toBe(routes('g', 'u', 'k', 'o', 'p', 1, {}).length);
  });

  it('ask everybody to sign in', async () => {
    const { paths } = await fixture();
    for (const [route, status] of await answersOf(testCtx(pg, { kind: 'anonymous' }), paths))
      expect([route, status]).toEqual([route, 401]);
  });

  it('refuse nodes', async () => {
    const { paths } = await fixture();
    const node = testCtx(pg, { kind: 'node', nodeId: 'nod_one' as never });
    for (const [route, status] of await answersOf(node, paths)) expect([route, status]).toEqual([route, 403]);
  });

  it('know nothing of a group when a stranger asks, whatever his role is', async () => {
    const { group, paths } = await fixture();
    const own = paths.filter(([, path, body]) => JSON.stringify([path, body]).includes(group.id) || /\/(key|ups)_/.test(path));
    expect(own).toHaveLength(47);
    for (const role of ['group_member', 'group_manager', 'distributor'] as const) {
      for (const [route, status] of await answersOf(await newPerson(pg, role), own))
        expect([route, status]).toEqual([route, 404]);
    }
  });

  it('let members read, and refuse to let them manage', async () => {
    const { group, paths } = await fixture();
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    const own = paths.filter(([, path]) => path.includes(`/groups/${group.id}`));
    const trend = `/quotas/${quotaOf(group.id)}/trend`;
    const readable = ['/quotas', trend, '', '/members', '/ai-services', '/routing', '/limits', '/events?kind=account_down'].map(
      (tail) => `GET /carpool/groups/${group.id}${tail}`,
    );
    for (const [route, status] of await answersOf(member, own))
      expect([route, status]).toEqual([route, readable.includes(route) ? 200 : /(finish|poll)$/.test(route) ? 404 : 403]);
  });

  it('serve a manager in his group and an administrator everywhere, but for the text of keys', async () => {
    const admins = [
      'PUT /ai-services/claude',
      'POST /ai-services',
      'DELETE /ai-services/house',
      'POST /admin/ai-services/prices',
      'DELETE /demo',
    ];
    const mine = await fixture();
    for (const [route, status] of await answersOf(mine.manager, mine.paths))
      expect([route, status]).toEqual([
        route,
        admins.includes(route) || route.includes(' /proxy-resources') ? 403 : (withoutSignIn(route) ?? 200),
      ]);
    const theirs = await fixture();
    for (const [route, status] of await answersOf(await newPerson(pg, 'admin'), theirs.paths)) {
      const isKeyText = route.endsWith('/rotate') || route === 'POST /user/api-keys';
      const isTheirOwn = /^(PATCH|DELETE|POST) \/user\/upstream-accounts/.test(route);
      const refused = isKeyText ? 403 : isTheirOwn ? 404 : withoutSignIn(route);
      expect([route, status]).toEqual([route, refused ?? 200]);
    }
  });

  it('answer in the envelope, with money in USD and lists with their pagination', async () => {
    const { manager, group } = await fixture();
    const services = await call(manager, 'GET', '/ai-services');
    expect(services.body).toMatchObject({
      success: true,
      data: expect.arrayContaining([expect.objectContaining({ id: 'claude', service_name: 'claude', supports_streaming: true })]),
    });
    const list = await call(manager, 'GET', '/carpool/groups?limit=1');
    expect(list.body).toMatchObject({
      success: true,
      data: { groups: [{ id: group.id }], pagination: { page: 1, limit: 1, total: 1 } },
    });
    const set = await call(manager, 'PUT', `/carpool/groups/${group.id}/ai-services`, { enabled_services: ['claude'] });
    expect(set.body).toMatchObject({ success: true, message: expect.any(String), data: { enabled_services: ['claude'] } });
  });

  it('say what is wrong without repeating a secret', async () => {
    const { manager, group } = await fixture();
    const path = `/carpool/groups/${group.id}/upstream-accounts`;
    for (const credential of [
      'canary with blanks',
      { password: 'canary-in-an-object' },
      ['canary-in-a-list'],
      { api_key: 'canary', extra: 'canary' },
    ]) {
      const answer = await call(manager, 'POST', path, { service_name: 'claude', name: 'x', credential });
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).not.toContain('canary');
    }
    const wrong = await call(manager, 'POST', '/user/api-keys', { name: '', rate_limit_requests: 0 });
    expect(wrong).toMatchObject({
      status: 400,
      body: { success: false, error: { code: 'invalid_input', details: { issues: expect.any(Array) } } },
    });
    const proxied = await call(manager, 'POST', path, {
      service_name: 'claude',
      name: 'x',
      credential: 'sk-abcdefghijkl',
      proxy_resource_id: 'p1',
    });
    expect(proxied.status).toBe(400);
    const readiness = await call(manager, 'PATCH', `/carpool/groups/${(await makeGroup(manager)).id}`, { status: 'active' });
    expect(readiness).toMatchObject({ status: 409, body: { error: { code: 'group_not_ready', details: { services: [] } } } });
  });
});
