import {
  groupResource,
  healthRules,
  keyResource,
  noUsageLimits,
  quotaResource,
  serviceResource,
  upstreamResource,
} from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeGroup, makeKey, makeUpstream, newPerson, withServices } from '../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../test/pg.ts';
import { type Ctx, changesSince, currentHead } from '../kernel/index.ts';
import { listPlaceableGroups, readResources, readScope } from './facts.ts';
import { viewGroup, viewKey } from './groups/asker-views.ts';
import { carpoolGroups, carpoolKeys, carpoolMemberships, carpoolModels, carpoolServices, carpoolUpstreams } from './tables.ts';

let pg: TestPg;
let manager: Ctx;
let group: Awaited<ReturnType<typeof makeGroup>>;
let head: number;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());
beforeEach(async () => {
  manager = await newPerson(pg);
  group = await makeGroup(manager, {
    enabled_services: ['gemini', 'claude'],
    time_zone: 'Asia/Shanghai',
    deployment_mode: 'distributed',
  });
  head = (await currentHead(pg.db)).head;
});

/** What was noted since the last time it was asked: `scope kind id op`, with the group called `G`. */
async function noted(...scopes: string[]): Promise<string[]> {
  const now = (await currentHead(pg.db)).head;
  const changes = await changesSince(pg.db, [group.id, ...scopes], head, now);
  head = now;
  return changes.map(({ scope, kind, id, op }) => [scope, kind, id, op].join(' ').replaceAll(group.id, 'G')).sort();
}

describe('readScope', () => {
  it('gives a group, its accounts, quotas and keys in the shapes that nodes parse', async () => {
    const account = await makeUpstream(manager, group.id, {
      priority: 3,
      weight: 10,
      concurrency: 4,
      expires_at: '2027-05-01T00:00:00+02:00',
    });
    const key = await makeKey(manager, {
      rate_limit_requests: 5,
      rate_limit_window: 60,
      token_limit: 9_000_000_000,
      restricted_models: ['claude-opus-5'],
      ip_allowlist: ['10.0.0.0/8'],
      expires_at: '2027-01-01T00:00:00Z',
      denied_models: ['*-preview'],
      denied_features: ['vision'],
      tokens_per_minute: 5000,
      concurrency: 2,
    });
    const [groupFact, upstreamFact, quotaFact, keyFact, ...rest] = await readScope(pg.db, group.id);
    expect(rest).toEqual([]);
    expect(groupResource.parse(groupFact?.body)).toEqual({
      id: group.id,
      name: 'A group',
      status: 'draft',
      time_zone: 'Asia/Shanghai',
      failover_enabled: true,
      config_valid_s: 86_400,
      services: ['gemini', 'claude'].map((service, at) => ({
        service,
        enabled: true,
        priority: at + 1,
        weight: 100,
        model_whitelist: null,
        model_blacklist: [],
        auth_method: 'shared_account',
        model_aliases: [],
        proxy_enabled: false,
      })),
      routing: { strategy: 'priority', sticky: true, translation: true, substitution: false },
      health: healthRules.parse({}),
      limits: noUsageLimits,
      member_limits: noUsageLimits,
      denied_features: [],
      egress: null,
    });
    expect(upstreamResource.parse(upstreamFact?.body)).toMatchObject({
      id: account.id,
      group_id: group.id,
      service: 'claude',
      auth_type: 'api_key',
      base_url: null,
      priority: 3,
      weight: 10,
      status: 'active',
      owner_id: null,
      concurrency: 4,
      expires_at: '2027-04-30T22:00:00.000Z',
    });
    expect(keyResource.parse(keyFact?.body)).toEqual({
      id: key.id,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      group_id: group.id,
      user_id: key.user_id,
      status: 'active',
      expires_at: '2027-01-01T00:00:00.000Z',
      restricted_models: ['claude-opus-5'],
      ip_allowlist: ['10.0.0.0/8'],
      rate_limit: { requests: 5, window_s: 60 },
      token_limit: 9_000_000_000,
      denied_models: ['*-preview'],
      denied_features: ['vision'],
      tokens_per_minute: 5000,
      concurrency: 2,
    });
    expect(quotaResource.parse(quotaFact?.body)).toEqual({
      id: expect.stringMatching(/^quo_[0-9a-f]{24}$/),
      group_id: group.id,
      of: 'key',
      subject: key.id,
      service: null,
      unit: 'tokens',
      window: 'total',
      limit: 9_000_000_000,
      mode: 'soft',
      when_dry: 'overrun',
      max_output_tokens: null,
      overdraft: 0,
      strict: false,
    });
    for (const { kind, id, body } of [groupFact, upstreamFact, quotaFact, keyFact].flatMap((fact) => fact ?? [])) {
      expect(await readResources(pg.db, group.id, [{ kind, id }])).toEqual([{ kind, id, body }]);
    }
  });

  it('tells nodes of no restriction where the switch is off, and of an empty one where it is on', async () => {
    const group_id = group.id as never;
    const told = async (wish: object) => {
      const { id } = await makeKey(manager, { group_id, ...wish });
      const [fact] = await readResources(pg.db, group.id, [{ kind: 'key', id }]);
      return keyResource.parse(fact?.body);
    };
    expect(await told({})).toMatchObject({
      restricted_models: null,
      ip_allowlist: null,
      rate_limit: null,
      token_limit: null,
      expires_at: null,
    });
    expect(await told({ enable_model_restriction: false, restricted_models: ['a'] })).toMatchObject({ restricted_models: null });
    expect(await told({ enable_model_restriction: true })).toMatchObject({ restricted_models: [] });
  });

  it('gives nothing of another scope, of what is gone, or of kinds it does not know', async () => {
    const key = await makeKey(manager);
    const other = await makeGroup(manager);
    expect(
      await readResources(pg.db, other.id, [
        { kind: 'key', id: key.id },
        { kind: 'group', id: group.id },
      ]),
    ).toEqual([]);
    expect(
      await readResources(pg.db, group.id, [
        { kind: 'planet', id: key.id },
        { kind: 'service', id: 'claude' },
      ]),
    ).toEqual([]);
    expect(await readScope(pg.db, 'grp_nothing')).toEqual([]);
    await pg.db
      .update(carpoolKeys)
      .set({ status: 'deleted' })
      .where(eq(carpoolKeys.id, key.id as never));
    expect(await readResources(pg.db, group.id, [{ kind: 'key', id: key.id }])).toEqual([]);
  });

  it('tells what models can make use of once somebody said it', async () => {
    const told = async (columns: Partial<typeof carpoolModels.$inferInsert>) => {
      await pg.db.update(carpoolModels).set(columns).where(eq(carpoolModels.model, 'claude-3-haiku-20240307'));
      const [claude] = await readResources(pg.db, 'global', [{ kind: 'service', id: 'claude' }]);
      return serviceResource.parse(claude?.body).models.find(({ model }) => model === 'claude-3-haiku-20240307')?.features;
    };
    expect(await told({ supportsVision: true })).toBeNull();
    expect(await told({ supportsVision: false })).toEqual(['thinking', 'tools', 'web_search']);
    expect(await told({ features: ['tools', 'vision'] })).toEqual(['tools']);
    expect(await told({ supportsVision: true })).toEqual(['tools', 'vision']);
    const [claude] = await readResources(pg.db, 'global', [{ kind: 'service', id: 'claude' }]);
    expect(claude?.body).toMatchObject({ vendor: '', models_path: '/v1/models', usage_in_streams: false });
  });

  it('gives single services of the global scope', async () => {
    const [claude, ...rest] = await readResources(pg.db, 'global', [
      { kind: 'service', id: 'claude' },
      { kind: 'service', id: 'nothing' },
    ]);
    expect(rest).toEqual([]);
    expect(claude).toEqual((await readScope(pg.db, 'global')).find(({ id }) => id === 'claude'));
  });

  it('places groups by mode and by name', async () => {
    await pg.db
      .update(carpoolGroups)
      .set({ deploymentNodeIds: ['nod_one' as never] })
      .where(eq(carpoolGroups.id, group.id as never));
    expect(await listPlaceableGroups(pg.db)).toContainEqual({
      id: group.id,
      status: 'draft',
      mode: 'distributed',
      nodeIds: ['nod_one'],
    });
  });
});

describe('the change log of carpool', () => {
  const set = <T extends object>(columns: T) => columns as never;

  it('notes what nodes see of groups, and placement apart', async () => {
    await pg.db
      .update(carpoolGroups)
      .set({ description: 'words', maxMembers: 3, updatedAt: new Date() })
      .where(eq(carpoolGroups.id, group.id as never));
    expect(await noted('placement')).toEqual([]);
    await pg.db
      .update(carpoolGroups)
      .set({ name: 'Other' })
      .where(eq(carpoolGroups.id, group.id as never));
    expect(await noted('placement')).toEqual(['G group G u']);
    await pg.db
      .update(carpoolGroups)
      .set({ deploymentMode: 'hybrid' })
      .where(eq(carpoolGroups.id, group.id as never));
    expect(await noted('placement')).toEqual(['placement placement G u']);
    await pg.db
      .update(carpoolGroups)
      .set({ status: 'suspended' })
      .where(eq(carpoolGroups.id, group.id as never));
    expect(await noted('placement')).toEqual(['G group G u', 'placement placement G u']);
  });

  it('notes a moved account or key as gone there and written here', async () => {
    const account = await makeUpstream(manager, group.id);
    const key = await makeKey(manager, { group_id: group.id as never });
    const other = await makeGroup(manager);
    await noted();
    await pg.db
      .update(carpoolUpstreams)
      .set(set({ groupId: other.id }))
      .where(eq(carpoolUpstreams.id, account.id as never));
    await pg.db
      .update(carpoolKeys)
      .set(set({ groupId: other.id }))
      .where(eq(carpoolKeys.id, key.id as never));
    expect(await noted(other.id)).toEqual(
      [
        `G upstream ${account.id} d`,
        `${other.id} upstream ${account.id} u`,
        `G key ${key.id} d`,
        `${other.id} key ${key.id} u`,
      ].sort(),
    );
  });

  it('notes nothing of words for people, and nothing of rows that were gone before', async () => {
    const account = await makeUpstream(manager, group.id);
    const key = await makeKey(manager, { group_id: group.id as never });
    await noted();
    await pg.db
      .update(carpoolKeys)
      .set({ name: 'x', description: 'y', updatedAt: new Date() })
      .where(eq(carpoolKeys.id, key.id as never));
    await pg.db
      .update(carpoolUpstreams)
      .set({ credentialHint: 'zzzz', updatedAt: new Date() })
      .where(eq(carpoolUpstreams.id, account.id as never));
    expect(await noted()).toEqual([]);
    await pg.db
      .update(carpoolKeys)
      .set({ status: 'deleted' })
      .where(eq(carpoolKeys.id, key.id as never));
    await pg.db
      .update(carpoolUpstreams)
      .set({ status: 'deleted', credential: null })
      .where(eq(carpoolUpstreams.id, account.id as never));
    expect(await noted()).toEqual([`G key ${key.id} d`, `G upstream ${account.id} d`].sort());
    await pg.db.delete(carpoolKeys).where(eq(carpoolKeys.id, key.id as never));
    await pg.db.delete(carpoolUpstreams).where(eq(carpoolUpstreams.id, account.id as never));
    expect(await noted()).toEqual([]);
  });

  it('notes what a hand changes in the database, a service by its models too', async () => {
    await pg.sql`UPDATE carpool_models SET price = NULL WHERE service_id = 'gemini' AND model = 'gemini-2.5-pro'`;
    expect(await noted('global')).toEqual(['global service gemini u']);
    await pg.sql`UPDATE carpool_models SET supports_tools = false WHERE service_id = 'gemini' AND model = 'gemini-2.5-pro'`;
    expect(await noted('global')).toEqual(['global service gemini u']);
    await pg.sql`UPDATE carpool_models SET price_origin = 'admin', updated_at = now() WHERE service_id = 'gemini'`;
    await pg.sql`UPDATE carpool_services SET oauth_client_secret = 'sealed' WHERE id = 'gemini'`;
    await pg.db.update(carpoolServices).set({ description: 'x' }).where(eq(carpoolServices.id, 'gemini'));
    expect(await noted('global')).toEqual([]);
    await pg.db.delete(carpoolModels).where(eq(carpoolModels.model, 'gemini-2.5-pro'));
    expect(await noted('global')).toEqual(['global service ampcode u', 'global service gemini u']);
  });

  it('notes every part of a group that is deleted', async () => {
    const account = await makeUpstream(manager, group.id);
    const key = await makeKey(manager, { group_id: group.id as never });
    await noted('placement');
    await pg.db.delete(carpoolMemberships).where(eq(carpoolMemberships.groupId, group.id as never));
    await pg.db.delete(carpoolGroups).where(eq(carpoolGroups.id, group.id as never));
    expect(await noted('placement')).toEqual(
      ['G group G d', `G key ${key.id} d`, `G upstream ${account.id} d`, 'placement placement G d'].sort(),
    );
  });
});

describe('viewGroup and viewKey', () => {
  it('say what statistics need, to those who may know', async () => {
    expect(await viewGroup(manager, group.id)).toEqual({
      groupId: group.id,
      timeZone: 'Asia/Shanghai',
      services: ['gemini', 'claude'],
      seesAll: true,
    });
    const key = await makeKey(manager, { token_limit: 5 });
    expect(await viewKey(manager, key.id)).toMatchObject({
      keyId: key.id,
      name: 'A key',
      groupId: group.id,
      timeZone: 'Asia/Shanghai',
      tokenLimit: 5,
    });
    const stranger = await newPerson(pg);
    await expect(viewGroup(stranger, group.id)).rejects.toMatchObject({ status: 404 });
    await expect(viewKey(stranger, key.id)).rejects.toMatchObject({ status: 404 });
  });
});
