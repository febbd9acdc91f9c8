import { groupResource, serviceResource } from '@aicarpool/shared-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { listPlaceableGroups, readScope } from '../facts.ts';
import { hashOfKey } from '../keys/key-format.ts';
import { ensureDemo } from './seed-demo.ts';

let pg: TestPg;
beforeEach(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterEach(() => pg.close());

describe('ensureDemo', () => {
  it('makes a group that serves, once, by whichever replica comes first', async () => {
    const owner = await newPerson(pg, 'super_admin');
    const made = (await Promise.all([1, 2, 3].map(() => ensureDemo(testCtx(pg), owner.userId)))).filter((demo) => demo !== null);
    expect(made).toHaveLength(1);
    const [demo] = made;
    if (!demo) throw new Error('no demo was made');
    expect(await listPlaceableGroups(pg.db)).toEqual([{ id: demo.groupId, status: 'active', mode: 'hybrid', nodeIds: [] }]);
    const scope = await readScope(pg.db, demo.groupId);
    expect(groupResource.parse(scope[0]?.body).services).toMatchObject([{ service: 'simulator', enabled: true }]);
    expect(scope.map(({ kind }) => kind)).toEqual(['group', 'upstream', 'key']);
    expect(scope[1]?.body).toMatchObject({ service: 'simulator', base_url: 'simulator://local', status: 'active' });
    expect(scope[2]?.body).toMatchObject({ hash: hashOfKey(demo.apiKey), user_id: owner.userId });
    const simulator = serviceResource.parse((await readScope(pg.db, 'global')).find(({ id }) => id === 'simulator')?.body);
    expect(simulator.base_url).toBe('simulator://local');
    expect(simulator.models.map(({ model }) => model)).toContain('claude-sonnet-5');
    expect(JSON.stringify(await pg.db.select().from(kernelAudit))).not.toContain(demo.apiKey.slice(4, -4));
  });

  it('leaves an installation alone that has a group', async () => {
    const owner = await newPerson(pg, 'super_admin');
    await makeGroup(owner);
    expect(await ensureDemo(testCtx(pg), owner.userId)).toBeNull();
    expect((await readScope(pg.db, 'global')).map(({ id }) => id)).not.toContain('simulator');
  });

  it('is not for people', async () => {
    const owner = await newPerson(pg, 'super_admin');
    await expect(ensureDemo(owner, owner.userId)).rejects.toMatchObject({ status: 403 });
  });
});
