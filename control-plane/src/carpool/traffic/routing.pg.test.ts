import { groupResource } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { type Ctx, changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readScope } from '../facts.ts';
import { getRouting, setRouting } from './routing.ts';

let pg: TestPg;
let manager: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  manager = await newPerson(pg);
});
afterAll(() => pg.close());

describe('setRouting', () => {
  it('changes what is named, tells nodes, and leaves an audit row', async () => {
    const { id } = await makeGroup(manager);
    const byDefault = { strategy: 'priority', sticky: true, translation: true, substitution: false };
    expect(await getRouting(manager, id)).toEqual(byDefault);
    const before = await currentHead(pg.db);
    expect(await setRouting(manager, id, { strategy: 'cost', sticky: false })).toEqual({
      ...byDefault,
      strategy: 'cost',
      sticky: false,
    });
    const { head } = await currentHead(pg.db);
    expect(await changesSince(pg.db, [id], before.head, head)).toMatchObject([{ kind: 'group', id, op: 'u' }]);
    await setRouting(manager, id, { substitution: true });
    const [told] = await readScope(pg.db, id);
    const routing = { strategy: 'cost', sticky: false, translation: true, substitution: true };
    expect(groupResource.parse(told?.body).routing).toEqual(routing);
    expect(await getRouting(manager, id)).toEqual(routing);
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, id));
    expect(rows.map(({ action, after }) => [action, after])).toContainEqual(['carpool.group.update', { routing }]);
  });

  it('is for managers; members read', async () => {
    const group = await makeGroup(manager);
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    expect(await getRouting(member, group.id)).toMatchObject({ strategy: 'priority' });
    await expect(setRouting(member, group.id, { sticky: false })).rejects.toMatchObject({ status: 403 });
    const stranger = await newPerson(pg);
    await expect(setRouting(stranger, group.id, { sticky: false })).rejects.toMatchObject({ status: 404 });
    await expect(getRouting(stranger, group.id)).rejects.toMatchObject({ status: 404 });
  });
});
