import { upstreamResource } from '@aicarpool/shared-protocol';
import { carpoolServicesChange, type NewOwnUpstream, newOwnUpstream } from '@aicarpool/shared-protocol/console';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressPolicy, join, makeGroup, makeUpstream, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { readScope } from '../../facts.ts';
import { setGroupServices } from '../../groups/set-group-services.ts';
import { carpoolMemberships } from '../../tables.ts';
import { getUpstream, listUpstreams } from '../read-upstreams.ts';
import { removeUpstream } from '../remove-upstream.ts';
import { updateUpstream } from '../update-upstream.ts';
import { addOwnUpstream, listOwnUpstreams, removeOwnUpstream, updateOwnUpstream } from './own-upstreams.ts';

let pg: TestPg;
let manager: Awaited<ReturnType<typeof newPerson>>;
let member: Awaited<ReturnType<typeof newPerson>>;
let group: { id: string };
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());
beforeEach(async () => {
  manager = await newPerson(pg);
  member = await newPerson(pg, 'group_member');
  group = await makeGroup(manager);
  await join(member, group);
  await makeUpstream(manager, group.id, { service_name: 'gemini', name: 'Shared' });
  const services = [{ service_name: 'claude', auth_method: 'individual_keys' }, { service_name: 'gemini' }];
  await setGroupServices(manager, group.id, carpoolServicesChange.parse({ services }));
});

const page = { page: 1, limit: 20 };
const add = (ctx = member, over: object = {}) =>
  addOwnUpstream(
    ctx,
    newOwnUpstream.parse({
      group_id: group.id,
      service_name: 'claude',
      name: 'Mine',
      credential: 'sk-ant-canary-own-1234',
      ...over,
    }) satisfies NewOwnUpstream,
  );

describe('an account of ones own', () => {
  it('is sealed, told to nodes with its owner, and seen by him and administrators alone', async () => {
    const account = await add();
    expect(account).toMatchObject({ owner_id: member.userId, credential_hint: '1234', service_name: 'claude', status: 'active' });
    const told = (await readScope(pg.db, group.id)).find(({ id }) => id === account.id);
    expect(upstreamResource.parse(told?.body)).toMatchObject({ owner_id: member.userId, service: 'claude' });
    expect((await listOwnUpstreams(member, page)).accounts).toEqual([account]);
    const names = async (ctx: typeof member) =>
      (await listUpstreams(ctx, { ...page, groupId: group.id })).accounts.map(({ name }) => name).sort();
    expect(await names(manager)).toEqual(['Shared']);
    const admin = await newPerson(pg, 'admin');
    expect(await names(admin)).toEqual(['Mine', 'Shared']);
    const name = { groupId: group.id, upstreamId: account.id };
    await expect(getUpstream(manager, name)).rejects.toMatchObject({ status: 404 });
    expect(JSON.stringify(await getUpstream(admin, name))).not.toContain('canary');
    expect((await listOwnUpstreams(manager, page)).accounts).toEqual([]);
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, account.id));
    expect(rows.map(({ action, actorId }) => [action, actorId])).toEqual([['carpool.upstream.add', member.userId]]);
    expect(JSON.stringify(rows)).not.toContain('canary');
  });

  it('is for members, where the group asks for it', async () => {
    await expect(add(member, { service_name: 'gemini' })).rejects.toMatchObject({ code: 'own_accounts_not_used' });
    await expect(add(member, { service_name: 'openai' })).rejects.toMatchObject({ code: 'own_accounts_not_used' });
    await expect(add(await newPerson(pg))).rejects.toMatchObject({ status: 404 });
    await expect(add(await newPerson(pg, 'admin'))).rejects.toMatchObject({ status: 404 });
    await add();
    await expect(add(manager)).rejects.toMatchObject({ status: 409, code: 'name_taken' });
    await expect(add(manager, { name: 'Other', credential: 'canary two' })).rejects.toThrow(/^(?!.*canary)/s);
  });

  it('can be changed and removed by its owner; an administrator can only rest, wake and remove it', async () => {
    const { id } = await add();
    expect(await updateOwnUpstream(member, id, { name: 'Renamed', concurrency: 2 })).toMatchObject({
      name: 'Renamed',
      concurrency: 2,
    });
    await expect(updateOwnUpstream(manager, id, { name: 'Stolen' })).rejects.toMatchObject({ status: 404 });
    await expect(removeOwnUpstream(manager, id)).rejects.toMatchObject({ status: 404 });
    const admin = await newPerson(pg, 'admin');
    const name = { groupId: group.id, upstreamId: id };
    const update = (change: object, ctx = admin) => updateUpstream(ctx, addressPolicy(), name, change);
    await expect(update({ credential: 'sk-ant-other-one' })).rejects.toMatchObject({ status: 403, code: 'not_yours' });
    await expect(update({ status: 'disabled' }, manager)).rejects.toMatchObject({ status: 404 });
    expect(await update({ status: 'disabled' })).toMatchObject({ status: 'disabled' });
    expect(await updateOwnUpstream(member, id, { status: 'active' })).toMatchObject({ status: 'active' });
    await expect(removeUpstream(manager, name)).rejects.toMatchObject({ status: 404 });
    await removeOwnUpstream(member, id);
    expect((await listOwnUpstreams(member, page)).total).toBe(0);
    expect((await readScope(pg.db, group.id)).some((fact) => fact.id === id)).toBe(false);
  });

  it('rests when its owner is suspended or leaves, and does not come back by itself', async () => {
    const { id } = await add();
    const mine = and(eq(carpoolMemberships.userId, member.userId), eq(carpoolMemberships.groupId, group.id as never));
    const status = async () => (await listOwnUpstreams(member, page)).accounts.find((one) => one.id === id)?.status;
    await pg.db.update(carpoolMemberships).set({ status: 'suspended' }).where(mine);
    expect(await status()).toBe('disabled');
    await expect(updateOwnUpstream(member, id, { status: 'active' })).rejects.toMatchObject({ status: 404 });
    await pg.db.update(carpoolMemberships).set({ status: 'active' }).where(mine);
    expect(await status()).toBe('disabled');
    await updateOwnUpstream(member, id, { status: 'active' });
    await pg.db.delete(carpoolMemberships).where(mine);
    expect(await status()).toBe('disabled');
    await removeOwnUpstream(member, id);
  });

  it('is bounded in number', async () => {
    for (let at = 0; at < 20; at += 1) await add(member, { name: `N${at}`, credential: `sk-ant-number-${at}` });
    await expect(add(member, { name: 'One more' })).rejects.toMatchObject({ code: 'account_limit_reached' });
  });
});
