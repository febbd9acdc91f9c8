import { groupChange } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import type { Ctx } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { changeGroup } from './change-group.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const change = (ctx: Ctx, id: string, wish: unknown) => changeGroup(ctx, id, groupChange.parse(wish));

describe('updateGroup', () => {
  it('changes what is named and keeps the rest', async () => {
    const manager = await newPerson(pg);
    const before = await makeGroup(manager);
    const after = await change(manager, before.id, { name: 'New name', config_valid_s: null, deployment_node_ids: ['nod_one'] });
    expect(after).toEqual({
      ...before,
      name: 'New name',
      config_valid_s: null,
      deployment_node_ids: ['nod_one'],
      updated_at: after.updated_at,
    });
    expect(await change(manager, before.id, { deployment_node_ids: [] })).toMatchObject({ deployment_node_ids: null });
    expect(await change(manager, before.id, { description: '' })).toMatchObject({ name: 'New name', config_valid_s: null });
  });

  it('activates only a group that can serve, and says what is missing', async () => {
    const manager = await newPerson(pg);
    const { id } = await makeGroup(manager);
    await expect(change(manager, id, { status: 'active' })).rejects.toMatchObject({
      status: 409,
      code: 'group_not_ready',
      details: { services: [] },
    });
    const upstream = await makeUpstream(manager, id, { status: 'disabled' });
    await expect(change(manager, id, { status: 'active' })).rejects.toMatchObject({
      details: { services: [{ service: 'claude', problem: 'no_account' }] },
    });
    expect(upstream.status).toBe('disabled');
    await makeUpstream(manager, id);
    expect(await change(manager, id, { status: 'active' })).toMatchObject({ status: 'active', enabled_services: ['claude'] });
    expect(await change(manager, id, { status: 'suspended' })).toMatchObject({ status: 'suspended' });
    expect(await change(manager, id, { status: 'active' })).toMatchObject({ status: 'active' });
    const actions = (await pg.db.select().from(kernelAudit)).filter(
      (row) => row.groupId === id && row.action === 'carpool.group.update',
    );
    expect(actions).toHaveLength(3);
  });

  it('closes for good', async () => {
    const manager = await newPerson(pg);
    const { id } = await makeGroup(manager);
    await expect(change(manager, id, { status: 'suspended' })).rejects.toMatchObject({
      status: 409,
      code: 'status_not_possible',
    });
    await expect(change(manager, id, { status: 'closed', name: 'x' })).rejects.toMatchObject({
      status: 400,
      code: 'closing_only',
    });
    expect(await change(manager, id, { status: 'closed' })).toMatchObject({ status: 'closed' });
    await expect(change(manager, id, { status: 'active' })).rejects.toMatchObject({ status: 409, code: 'group_closed' });
  });

  it('does not make a group smaller than it is', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    await join(await newPerson(pg, 'group_member'), group);
    await expect(change(manager, group.id, { max_members: 1 })).rejects.toMatchObject({ status: 400, code: 'too_many_members' });
  });

  it('is for managers: members get 403, strangers 404, administrators may', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const member = await newPerson(pg);
    await join(member, group);
    await expect(change(member, group.id, { name: 'x' })).rejects.toMatchObject({ status: 403, code: 'not_the_manager' });
    await expect(change(await newPerson(pg), group.id, { name: 'x' })).rejects.toMatchObject({ status: 404 });
    expect(await change(await newPerson(pg, 'admin'), group.id, { name: 'by an administrator' })).toMatchObject({
      name: 'by an administrator',
    });
  });
});
