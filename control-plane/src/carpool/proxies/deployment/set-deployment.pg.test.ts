import { type GroupId, newId, type ProxyResource } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, join, makeGroup, makeUpstream, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../../test/pg.ts';
import { newProxyRow } from '../../../../test/proxy-factory.ts';
import { type Ctx, changesSince, currentHead } from '../../../kernel/index.ts';
import { readResources, readScope } from '../../facts.ts';
import { removeUpstream } from '../../upstreams/remove-upstream.ts';
import { dataKeysOf } from '../../upstreams/secrets/data-keys.ts';
import { openCredential } from '../../upstreams/secrets/seal-credential.ts';
import { updateUpstream } from '../../upstreams/update-upstream.ts';
import { removeProxy } from '../remove-proxy.ts';
import { updateProxy } from '../update-proxy.ts';
import { getDeployment } from './read-deployment.ts';
import { setDeployment } from './set-deployment.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const policy = addressPolicy();
const newProxy = async (status: 'active' | 'inactive' = 'active', password: string | null = 'first-password') =>
  (await newProxyRow(pg, { status, password })).id;

const told = async (groupId: string) =>
  (await readScope(pg.db, groupId)).filter(({ kind }) => kind === 'proxy').map(({ body }) => body as unknown as ProxyResource);

async function passwordOf(groupId: string, proxyId: string): Promise<string | undefined> {
  const [dataKey] = await dataKeysOf(testCtx(pg), pg.db, groupId);
  const proxy = (await told(groupId)).find(({ id }) => id === proxyId);
  if (!dataKey || !proxy?.password) return undefined;
  return openCredential(dataKey, { upstreamId: proxyId, groupId }, proxy.password);
}

async function changed(groupId: string, act: () => Promise<unknown>): Promise<string[]> {
  const { head } = await currentHead(pg.db);
  await act();
  const changes = await changesSince(pg.db, [groupId], head, (await currentHead(pg.db)).head);
  return changes.map(({ kind, id, op }) => (kind === 'proxy' ? `${kind} ${id} ${op}` : `${kind} ${op}`));
}

describe('setDeployment', () => {
  it('tells the nodes of a group its proxies, each with its password under the key of the group', async () => {
    const manager = await newPerson(pg);
    const [group, other] = [await makeGroup(manager), await makeGroup(manager)];
    const [a, b] = [await newProxy(), await newProxy('active', null)];
    expect(await getDeployment(manager, group.id)).toMatchObject({
      config_version: 0,
      last_updated: null,
      config: { proxy_pool_ids: [] },
    });
    const set = { proxy_strategy: 'round_robin', proxy_pool_ids: [a, b], fallback_enabled: false } as const;
    const notes = await changed(group.id, () => setDeployment(manager, group.id, { ...set, proxy_pool_ids: [a, b] }));
    expect(notes.sort()).toEqual(['group u', `proxy ${a} u`, `proxy ${b} u`].sort());
    await setDeployment(manager, other.id, { proxy_pool_ids: [a] });
    expect((await told(group.id)).map(({ id }) => id).sort()).toEqual([a, b].sort());
    expect(await passwordOf(group.id, a)).toBe('first-password');
    expect(await passwordOf(other.id, a)).toBe('first-password');
    expect((await told(group.id)).find(({ id }) => id === a)?.password).not.toEqual((await told(other.id))[0]?.password);
    const [fact] = await readResources(pg.db, group.id, [{ kind: 'group', id: group.id }]);
    expect(fact?.body).toMatchObject({
      egress: { strategy: 'round_robin', proxies: [a, b], sticky: true, direct_fallback: false },
    });
    expect(await getDeployment(manager, group.id)).toMatchObject({
      deployment_mode: 'centralized',
      config: { ...set, sticky_session: true },
      config_version: 1,
      available_proxies: expect.arrayContaining([expect.objectContaining({ id: a, name: a })]),
    });
    expect(JSON.stringify(await getDeployment(manager, group.id))).not.toContain('198.51.99.1');
  });

  it('takes back what is not used any more', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const [a, b] = [await newProxy(), await newProxy()];
    await setDeployment(manager, group.id, { proxy_pool_ids: [a, b] });
    expect(await changed(group.id, () => setDeployment(manager, group.id, { proxy_pool_ids: [b] }))).toEqual([
      'group u',
      `proxy ${a} d`,
    ]);
    expect((await told(group.id)).map(({ id }) => id)).toEqual([b]);
  });

  it('is for managers, who choose among active proxies only', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    await expect(setDeployment(member, group.id, {})).rejects.toMatchObject({ code: 'not_the_manager' });
    await expect(getDeployment(member, group.id)).rejects.toMatchObject({ code: 'not_the_manager' });
    await expect(setDeployment(await newPerson(pg), group.id, {})).rejects.toMatchObject({ status: 404 });
    const resting = await newProxy('inactive');
    await expect(setDeployment(manager, group.id, { proxy_pool_ids: [resting] })).rejects.toMatchObject({
      code: 'proxy_inactive',
    });
    await expect(setDeployment(manager, group.id, { proxy_pool_ids: [newId('proxy')] })).rejects.toMatchObject({
      code: 'proxy_unknown',
    });
  });
});

describe('a member with a proxy of his own', () => {
  it('has it told, beside the pool, until it is taken from him', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const [a, b] = [await newProxy(), await newProxy()];
    const set = { proxy_pool_ids: [a], member_proxies: { [manager.userId]: b } };
    expect(await setDeployment(manager, group.id, set)).toMatchObject({ config: { member_proxies: set.member_proxies } });
    expect((await told(group.id)).map(({ id }) => id).sort()).toEqual([a, b].sort());
    const [fact] = await readResources(pg.db, group.id, [{ kind: 'group', id: group.id }]);
    expect(fact?.body).toMatchObject({ egress: { proxies: [a], members: set.member_proxies } });
    await setDeployment(manager, group.id, { sticky_session: false });
    expect(await told(group.id)).toHaveLength(2);
    await setDeployment(manager, group.id, { member_proxies: {} });
    expect((await told(group.id)).map(({ id }) => id)).toEqual([a]);
    const unknown = { member_proxies: { [manager.userId]: newId('proxy') } };
    await expect(setDeployment(manager, group.id, unknown)).rejects.toMatchObject({ code: 'proxy_unknown' });
  });
});

describe('an account with a proxy of its own', () => {
  const tell = (ctx: Ctx, groupId: string, upstreamId: string, proxy: string | null) =>
    updateUpstream(ctx, policy, { groupId, upstreamId }, { proxy_resource_id: proxy as never });

  it('has it told to the nodes of its group, until it changes or goes', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const [a, b] = [await newProxy(), await newProxy()];
    const upstream = await makeUpstream(manager, group.id, { proxy_resource_id: a });
    expect(upstream.proxy_resource_id).toBe(a);
    expect((await told(group.id)).map(({ id }) => id)).toEqual([a]);
    const facts = await readScope(pg.db, group.id);
    expect(facts.find(({ kind }) => kind === 'upstream')?.body).toMatchObject({ proxy: a });
    const notes = await changed(group.id, () => tell(manager, group.id, upstream.id, b));
    expect(notes.sort()).toEqual([`proxy ${a} d`, `proxy ${b} u`, 'upstream u'].sort());
    await removeUpstream(manager, { groupId: group.id, upstreamId: upstream.id });
    expect(await told(group.id)).toEqual([]);
    await expect(makeUpstream(manager, group.id, { proxy_resource_id: await newProxy('inactive') })).rejects.toMatchObject({
      code: 'proxy_inactive',
    });
  });
});

describe('a proxy that changes', () => {
  it('is told anew to every group, with a new password sealed for each', async () => {
    const admin = await newPerson(pg, 'admin');
    const [one, two] = [await makeGroup(admin), await makeGroup(admin)];
    const id = await newProxy();
    for (const { id: groupId } of [one, two]) await setDeployment(admin, groupId, { proxy_pool_ids: [id] });
    expect(await changed(one.id, () => updateProxy(admin, policy, id, { max_concurrent: 7 }))).toEqual([`proxy ${id} u`]);
    expect(await changed(one.id, () => updateProxy(admin, policy, id, { cost_per_month: 3 }))).toEqual([]);
    expect(await changed(two.id, () => updateProxy(admin, policy, id, { password: 'second-password' }))).toEqual([
      `proxy ${id} u`,
    ]);
    for (const group of [one, two]) expect(await passwordOf(group.id, id)).toBe('second-password');
    await updateProxy(admin, policy, id, { status: 'maintenance' });
    expect((await told(one.id))[0]).toMatchObject({ max_concurrent: 7, status: 'disabled' });
    await expect(removeProxy(admin, id)).rejects.toMatchObject({
      code: 'proxy_in_use',
      details: { group_ids: [one.id, two.id].sort() },
    });
    for (const { id: groupId } of [one, two]) await setDeployment(admin, groupId as GroupId, { proxy_pool_ids: [] });
    await removeProxy(admin, id);
    await expect(removeProxy(admin, id)).rejects.toMatchObject({ code: 'proxy_unknown' });
  });
});
