import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readScope } from '../facts.ts';
import { carpoolKeys } from '../tables.ts';
import { getKey, listKeys } from './read-keys.ts';
import { revokeKey } from './revoke-key.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

describe('revokeKey', () => {
  it('takes the key from the nodes and from every list, and keeps its row for the books', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager, { max_keys_per_user: 1 });
    const key = await makeKey(manager);
    const before = await currentHead(pg.db);
    await revokeKey(manager, key.id);
    const { head } = await currentHead(pg.db);
    expect(await changesSince(pg.db, [group.id], before.head, head)).toMatchObject([{ kind: 'key', id: key.id, op: 'd' }]);
    expect((await readScope(pg.db, group.id)).map(({ kind }) => kind)).toEqual(['group']);
    await expect(getKey(manager, key.id)).rejects.toMatchObject({ status: 404, code: 'key_unknown' });
    await expect(revokeKey(manager, key.id)).rejects.toMatchObject({ status: 404 });
    expect((await listKeys(manager, { page: 1, limit: 20 })).total).toBe(0);
    const [row] = await pg.db
      .select()
      .from(carpoolKeys)
      .where(eq(carpoolKeys.groupId, group.id as never));
    expect(row?.status).toBe('deleted');
    expect(await makeKey(manager)).toMatchObject({ status: 'active' });
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, key.id));
    expect(rows.map((entry) => entry.action)).toContain('carpool.key.revoke');
  });

  it('is for its owner, managers of its group and administrators', async () => {
    const [manager, member, other] = [
      await newPerson(pg),
      await newPerson(pg, 'group_member'),
      await newPerson(pg, 'group_member'),
    ];
    const group = await makeGroup(manager);
    await join(member, group);
    await join(other, group);
    const key = await makeKey(member);
    await expect(revokeKey(other, key.id)).rejects.toMatchObject({ status: 404 });
    await revokeKey(manager, key.id);
  });
});
