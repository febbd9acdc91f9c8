import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { carpoolUpstreams } from '../tables.ts';
import { getUpstream, listUpstreams } from './read-upstreams.ts';
import { removeUpstream } from './remove-upstream.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

describe('removeUpstream', () => {
  it('forgets the secret, tells nodes and frees the name', async () => {
    const manager = await newPerson(pg);
    const { id: groupId } = await makeGroup(manager);
    const account = await makeUpstream(manager, groupId, { name: 'Main' });
    const name = { groupId, upstreamId: account.id };
    const before = await currentHead(pg.db);
    await removeUpstream(manager, name);
    const { head } = await currentHead(pg.db);
    expect(await changesSince(pg.db, [groupId], before.head, head)).toMatchObject([
      { kind: 'upstream', id: account.id, op: 'd' },
    ]);
    const [row] = await pg.db
      .select()
      .from(carpoolUpstreams)
      .where(eq(carpoolUpstreams.groupId, groupId as never));
    expect(row).toMatchObject({ status: 'deleted', credential: null, credentialHint: null });
    await expect(getUpstream(manager, name)).rejects.toMatchObject({ status: 404, code: 'upstream_unknown' });
    await expect(removeUpstream(manager, name)).rejects.toMatchObject({ status: 404 });
    await makeUpstream(manager, groupId, { name: 'Main' });
    expect((await listUpstreams(manager, { groupId, page: 1, limit: 20 })).total).toBe(1);
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, account.id));
    expect(rows.map((entry) => entry.action)).toContain('carpool.upstream.remove');
  });

  it('is for managers', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const account = await makeUpstream(manager, group.id);
    const name = { groupId: group.id, upstreamId: account.id };
    const member = await newPerson(pg);
    await join(member, group);
    await expect(removeUpstream(member, name)).rejects.toMatchObject({ status: 403 });
    await expect(removeUpstream(await newPerson(pg), name)).rejects.toMatchObject({ status: 404 });
  });
});
