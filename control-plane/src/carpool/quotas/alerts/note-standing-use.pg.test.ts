import type { GroupId } from '@aicarpool/shared-protocol';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressPolicy, makeGroup, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { consoleApi, type HttpEnv } from '../../../kernel/index.ts';
import { type CarpoolPorts, silentPorts } from '../../ports.ts';
import { carpoolRouterOver } from '../../routes.ts';
import { listAlerts } from './alerts.ts';
import { noteStandingUse } from './note-standing-use.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

it('a limit that is lowered below what was used is told at once, without waiting for a node', async () => {
  const manager = await newPerson(pg);
  const group = await makeGroup(manager);
  const readQuotaState: CarpoolPorts['readQuotaState'] = async (_db, ids) =>
    ids.map((quotaId) => ({
      quotaId,
      subject: '',
      startsAt: null,
      endsAt: null,
      limit: 1000,
      used: 500,
      promised: 0,
      isReached: false,
    }));
  const http = new Hono<HttpEnv>();
  http.use(
    '/api/v1/*',
    consoleApi(carpoolRouterOver(addressPolicy(), { ...silentPorts, readQuotaState }), '/api/v1', () => ({ ctx: manager })),
  );
  const call = async (method: string, path: string, body: unknown) => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await http.request(`/api/v1/carpool/groups/${group.id}${path}`, init);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { data: { id: string } }).data;
  };
  const told = async () => (await listAlerts(manager, { page: 1, limit: 9 })).alerts.map(({ level, limit }) => [level, limit]);
  const { id } = await call('POST', '/quotas', { of: 'group', unit: 'tokens', window: 'month', limit: 1000 });
  expect(await told()).toEqual([]);
  await call('PATCH', `/quotas/${id}`, { limit: 600 });
  expect(await told()).toEqual([['near', 600]]);
  await call('PUT', '/quota', { total_token_limit: 400 });
  expect(await told()).toEqual([
    ['reached', 400],
    ['near', 600],
  ]);
  await noteStandingUse(manager, { readQuotaState }, group.id as GroupId);
  expect(await told()).toHaveLength(2);
});
