import { groupResource } from '@aicarpool/shared-protocol';
import { carpoolFailover, carpoolServicesChange, newGroup } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { type Ctx, changesSince, currentHead } from '../../kernel/index.ts';
import { readScope } from '../facts.ts';
import { createGroup } from './create-group.ts';
import { getGroupServices } from './read-group-services.ts';
import { setFailover, setGroupServices } from './set-group-services.ts';

let pg: TestPg;
let manager: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  manager = await newPerson(pg);
});
afterAll(() => pg.close());

const set = (id: string, wish: unknown, ctx = manager) => setGroupServices(ctx, id, carpoolServicesChange.parse(wish));
const failover = (id: string, wish: unknown, ctx = manager) => setFailover(ctx, id, carpoolFailover.parse(wish));

describe('setGroupServices', () => {
  it('sets services as asked and reads them back', async () => {
    const { id } = await makeGroup(manager);
    await makeUpstream(manager, id);
    const services = await set(id, {
      primary_service: 'claude',
      enabled_services: ['claude', 'gemini', 'ampcode'],
      service_failover_enabled: false,
      services: [
        {
          service_name: 'claude',
          enabled: true,
          priority: 1,
          auth_method: 'shared_account',
          quota_config: { daily_token_limit: 5 },
          model_whitelist: ['claude-opus-5'],
          proxy_enabled: true,
          weight: 80,
        },
        {
          service_name: 'gemini',
          priority: 2,
          auth_method: 'individual_keys',
          weight: 20,
          model_aliases: [{ from: 'fast-*', to: 'gemini-2.5-flash' }],
        },
      ],
    });
    expect(services).toMatchObject({
      primary_service: 'claude',
      enabled_services: ['claude', 'gemini', 'ampcode'],
      service_failover_enabled: false,
      services: [
        {
          service_id: 'claude',
          service_name: 'claude',
          model_whitelist: ['claude-opus-5'],
          weight: 80,
          quota_config: { daily_token_limit: 5 },
          proxy_enabled: true,
          model_aliases: [],
          health: null,
          status: 'active',
          last_used_at: null,
        },
        {
          service_name: 'gemini',
          model_whitelist: null,
          model_blacklist: [],
          model_aliases: [{ from: 'fast-*', to: 'gemini-2.5-flash' }],
          weight: 20,
          status: 'no_account',
        },
        { service_name: 'ampcode', status: 'no_account' },
      ],
    });
    expect(services.notices).toHaveLength(1);
    expect(await getGroupServices(manager, id)).toEqual(services);
    const again = await set(id, { enabled_services: ['claude', 'gemini'], services: [{ service_name: 'gemini', weight: 5 }] });
    expect(again.services.find((one) => one.service_name === 'gemini')).toMatchObject({
      weight: 5,
      model_aliases: [{ from: 'fast-*', to: 'gemini-2.5-flash' }],
    });
  });

  it('takes a credential that comes along nowhere, and says so', async () => {
    const { id } = await makeGroup(manager);
    const services = await set(id, {
      services: [{ service_name: 'claude', shared_credentials: { encrypted_data: 'sk-canary-1' } }],
    });
    expect(services.notices).toContainEqual(expect.stringContaining('upstream-accounts'));
    expect((await getGroupServices(manager, id)).notices).toEqual([]);
    const kept =
      await pg.sql`SELECT (SELECT json_agg(a) FROM kernel_audit a)::text || (SELECT json_agg(s) FROM carpool_group_services s)::text AS all`;
    expect(JSON.stringify(kept)).not.toContain('sk-canary-1');
    const created = await createGroup(
      manager,
      newGroup.parse({
        name: 'New',
        enabled_services: ['claude'],
        ai_services: [{ service_name: 'claude', shared_credentials: { encrypted_data: 'sk-canary-2' } }],
      }),
    );
    expect(created.notices).toContainEqual(expect.stringContaining('upstream-accounts'));
  });

  it('keeps services that are not named, switched off', async () => {
    const { id } = await makeGroup(manager, { enabled_services: ['claude', 'gemini'] });
    expect(await set(id, { services: [{ service_name: 'gemini' }] })).toMatchObject({
      enabled_services: ['gemini'],
      primary_service: 'gemini',
    });
    const all = (await getGroupServices(manager, id)).services;
    expect(all.map((service) => [service.service_name, service.status])).toEqual(
      expect.arrayContaining([['claude', 'disabled']]),
    );
  });

  it('is one change for nodes, and none when nothing changed', async () => {
    const { id } = await makeGroup(manager);
    const before = await currentHead(pg.db);
    await set(id, { enabled_services: ['claude', 'gemini'] });
    const { head } = await currentHead(pg.db);
    expect(head).toBe(before.head + 1);
    expect(await changesSince(pg.db, [id], before.head, head)).toMatchObject([{ kind: 'group', id, op: 'u' }]);
    await set(id, { enabled_services: ['claude', 'gemini'] });
    expect((await currentHead(pg.db)).head).toBe(head);
  });

  it('is for managers', async () => {
    const group = await makeGroup(manager);
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    expect(await getGroupServices(member, group.id)).toMatchObject({ services: [] });
    await expect(set(group.id, {}, member)).rejects.toMatchObject({ status: 403 });
    const stranger = await newPerson(pg);
    await expect(set(group.id, {}, stranger)).rejects.toMatchObject({ status: 404 });
    await expect(failover(group.id, { enabled: true }, stranger)).rejects.toMatchObject({ status: 404 });
    await expect(getGroupServices(stranger, group.id)).rejects.toMatchObject({ status: 404 });
  });
});

describe('setFailover', () => {
  it('sets the switch, the order and the conditions, and tells nodes of all of them', async () => {
    const { id } = await makeGroup(manager, { enabled_services: ['claude', 'gemini', 'ampcode'] });
    const trigger_conditions = { error_rate_threshold: 0.1, consecutive_failures: 3 };
    const after = await failover(id, { enabled: false, failover_chain: ['ampcode', 'claude'], trigger_conditions });
    expect(after).toMatchObject({
      service_failover_enabled: false,
      enabled_services: ['ampcode', 'claude', 'gemini'],
      failover: { trigger_conditions },
    });
    const [told] = await readScope(pg.db, id);
    expect(groupResource.parse(told?.body)).toMatchObject({
      failover_enabled: false,
      services: [{ service: 'ampcode' }, { service: 'claude' }, { service: 'gemini' }],
      health: { error_rate: 0.1, consecutive_failures: 3, consecutive_successes: 5, check_interval_s: 300 },
    });
    const before = await currentHead(pg.db);
    await failover(id, { enabled: false, recovery_conditions: { check_interval_minutes: 1 } });
    expect((await currentHead(pg.db)).head).toBe(before.head + 1);
    await expect(failover(id, { enabled: true, failover_chain: ['openai'] })).rejects.toMatchObject({
      status: 400,
      code: 'service_not_in_group',
      message: expect.stringContaining('openai'),
    });
  });
});
