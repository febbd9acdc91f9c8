import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { readScope } from '../facts.ts';
import { carpoolUpstreams } from '../tables.ts';
import { dataKeysOf } from '../upstreams/secrets/data-keys.ts';
import { closeGroup } from './close-group.ts';
import { getGroup } from './read-groups.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

describe('closeGroup', () => {
  it('stops the keys and forgets the secrets', async () => {
    const manager = await newPerson(pg);
    const { id } = await makeGroup(manager);
    const upstream = await makeUpstream(manager, id);
    const key = await makeKey(manager, { group_id: id });
    await closeGroup(manager, id);
    expect(await getGroup(manager, id)).toMatchObject({ status: 'closed', quota_usage: { active_keys: 0 } });
    expect((await readScope(pg.db, id)).map(({ kind }) => kind)).toEqual(['group']);
    const [row] = await pg.db
      .select()
      .from(carpoolUpstreams)
      .where(eq(carpoolUpstreams.groupId, upstream.group_id as never));
    expect(row).toMatchObject({ status: 'deleted', credential: null, credentialHint: null });
    expect(await dataKeysOf(testCtx(pg), pg.db, id)).toEqual([]);
    await expect(closeGroup(manager, id)).rejects.toMatchObject({ status: 409, code: 'group_closed' });
    await expect(makeKey(manager, { group_id: id })).rejects.toMatchObject({ status: 409, code: 'group_closed' });
    await expect(makeUpstream(manager, id)).rejects.toMatchObject({ status: 409, code: 'group_closed' });
    expect(key.status).toBe('active');
  });

  it('is for managers', async () => {
    const group = await makeGroup(await newPerson(pg));
    const member = await newPerson(pg);
    await join(member, group);
    await expect(closeGroup(member, group.id)).rejects.toMatchObject({ status: 403 });
    await expect(closeGroup(await newPerson(pg), group.id)).rejects.toMatchObject({ status: 404 });
  });
});
