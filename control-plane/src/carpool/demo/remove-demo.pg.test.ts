import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeGroup, makeKey, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { listPlaceableGroups, readScope } from '../facts.ts';
import { closeGroup } from '../groups/close-group.ts';
import { setGroupServices } from '../groups/set-group-services.ts';
import { removeUpstream } from '../upstreams/remove-upstream.ts';
import { removeDemo } from './remove-demo.ts';
import { ensureDemo } from './seed-demo.ts';

let pg: TestPg;
beforeEach(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterEach(() => pg.close());

async function seeded() {
  const owner = await newPerson(pg, 'super_admin');
  const demo = await ensureDemo(testCtx(pg), owner.userId);
  if (!demo) throw new Error('no demo was made');
  return { owner, demo };
}

describe('removeDemo', () => {
  it('takes everything of the demo away, for good, and nothing else', async () => {
    const { owner, demo } = await seeded();
    const mine = await makeGroup(owner);
    await makeKey(owner, { group_id: demo.groupId as never });
    const before = await currentHead(pg.db);
    expect(await removeDemo(owner)).toBe(true);
    const { head } = await currentHead(pg.db);
    expect((await listPlaceableGroups(pg.db)).map(({ id }) => id)).toEqual([mine.id]);
    expect(await readScope(pg.db, demo.groupId)).toEqual([]);
    expect((await readScope(pg.db, 'global')).map(({ id }) => id)).toEqual(['ampcode', 'claude', 'gemini', 'openai']);
    const gone = await changesSince(pg.db, ['global', 'placement', demo.groupId], before.head, head);
    expect(new Set(gone.map(({ kind, op }) => `${kind}:${op}`))).toEqual(
      new Set(['service:d', 'placement:d', 'group:d', 'upstream:d', 'key:d']),
    );
    expect((await pg.db.select().from(kernelAudit)).map((row) => row.action)).toContain('carpool.demo.remove');
    expect(await removeDemo(owner)).toBe(false);
    expect(await ensureDemo(testCtx(pg), owner.userId)).toBeNull();
  });

  it('is not undone by the next start', async () => {
    const { owner } = await seeded();
    await removeDemo(owner);
    expect(await ensureDemo(testCtx(pg), owner.userId)).toBeNull();
    expect(await listPlaceableGroups(pg.db)).toEqual([]);
  });

  it('refuses while another group uses the simulator', async () => {
    const { owner } = await seeded();
    const mine = await makeGroup(owner, { enabled_services: ['simulator'] });
    await expect(removeDemo(owner)).rejects.toMatchObject({
      status: 409,
      code: 'simulator_in_use',
      details: { groups: [mine.id] },
    });
    expect(await listPlaceableGroups(pg.db)).toHaveLength(2);
  });

  it('does not mind groups that no longer use it', async () => {
    const { owner } = await seeded();
    const account = { service_name: 'simulator', base_url: 'simulator://local' };
    const closed = await makeGroup(owner);
    await makeUpstream(owner, closed.id, account);
    await closeGroup(owner, closed.id);
    const off = await makeGroup(owner);
    const removed = await makeUpstream(owner, off.id, account);
    await removeUpstream(owner, { groupId: off.id, upstreamId: removed.id });
    await expect(removeDemo(owner)).rejects.toMatchObject({ code: 'simulator_in_use', details: { groups: [off.id] } });
    await setGroupServices(owner, off.id, { enabled_services: [] });
    expect(await removeDemo(owner)).toBe(true);
    expect((await readScope(pg.db, off.id))[0]?.body).toMatchObject({ services: [] });
  });

  it('is for administrators', async () => {
    await seeded();
    await expect(removeDemo(await newPerson(pg, 'group_manager'))).rejects.toMatchObject({ status: 403 });
  });
});
