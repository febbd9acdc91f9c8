import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { addressPolicy, makeGroup, makeUpstream, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, testCtx } from '../../../../test/pg.ts';
import { currentHead } from '../../../kernel/index.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { carpoolDataKeys, carpoolUpstreams } from '../../tables.ts';
import { updateUpstream } from '../update-upstream.ts';
import { dataKeysOf } from './data-keys.ts';
import { knownCredentials } from './known-credentials.ts';
import { rotateDataKey } from './rotate-data-key.ts';
import { openCredential } from './seal-credential.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
const system = testCtx(pg);
await withServices(pg);
const manager = await newPerson(pg);

const rowOf = async (id: string) => {
  const [row] = await pg.db
    .select()
    .from(carpoolUpstreams)
    .where(eq(carpoolUpstreams.id, id as never));
  if (!row?.credential) throw new Error('no credential');
  return { ...row, credential: row.credential };
};

it('seals every secret of the group under a new key, as one version of the config, and tells of it without a secret', async () => {
  const { id: groupId } = await makeGroup(manager, { enabled_services: ['claude'] });
  const { id } = await makeUpstream(manager, groupId, { credential: 'sk-ant-canary-111111111111' });
  const before = await rowOf(id);
  const { head } = await currentHead(pg.db);
  expect(await rotateDataKey(system, groupId, 'a node left')).toEqual({ version: 2, resealed: 1 });
  expect((await currentHead(pg.db)).head).toBe(head + 1);
  const after = await rowOf(id);
  expect([before.credential.key_version, after.credential.key_version]).toEqual([1, 2]);
  expect(after.secretSetAt).toEqual(before.secretSetAt);
  const keys = await dataKeysOf(system, pg.db, groupId);
  const newest = keys.find(({ version }) => version === 2);
  if (!newest) throw new Error('no key');
  expect(openCredential(newest, { upstreamId: id, groupId }, after.credential)).toBe('sk-ant-canary-111111111111');
  const [audited] = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'carpool.data_key.rotate'));
  expect(audited).toMatchObject({ groupId, after: { version: 2, texts: 1, reason: 'a node left' } });
  expect(JSON.stringify(audited)).not.toContain(newest.key.toString('base64'));
});

it('forgets keys that nothing is sealed under any more, but for the one before', async () => {
  const { id: groupId } = await makeGroup(manager, { enabled_services: ['claude'] });
  await makeUpstream(manager, groupId, { credential: 'sk-ant-canary-222222222222' });
  for (const version of [2, 3, 4]) expect((await rotateDataKey(system, groupId, 'test')).version).toBe(version);
  const rows = await pg.db
    .select()
    .from(carpoolDataKeys)
    .where(eq(carpoolDataKeys.groupId, groupId as never));
  expect(rows.map(({ version }) => version).sort()).toEqual([3, 4]);
});

it('leaves a secret that does not open as it is, and gives the others their new key', async () => {
  const { id: groupId } = await makeGroup(manager, { enabled_services: ['claude'] });
  const broken = await makeUpstream(manager, groupId, { name: 'broken', credential: 'sk-ant-canary-333333333333' });
  const good = await makeUpstream(manager, groupId, { name: 'good', credential: 'sk-ant-canary-444444444444' });
  const damaged = { ...(await rowOf(broken.id)).credential, ciphertext: 'AAAA' };
  await pg.db
    .update(carpoolUpstreams)
    .set({ credential: damaged })
    .where(eq(carpoolUpstreams.id, broken.id as never));
  expect(await rotateDataKey(system, groupId, 'test')).toEqual({ version: 2, resealed: 1 });
  expect((await rowOf(broken.id)).credential).toEqual(damaged);
  expect((await rowOf(good.id)).credential.key_version).toBe(2);
});

it('is for administrators, and for groups that are there', async () => {
  await expect(rotateDataKey(manager, 'grp_none', '')).rejects.toMatchObject({ status: 403 });
  await expect(rotateDataKey(system, 'grp_none', '')).rejects.toMatchObject({ status: 404 });
});

it('counts a secret as new when it was changed, not when it was sealed anew', async () => {
  const { id: groupId } = await makeGroup(manager, { enabled_services: ['claude'] });
  const { id: upstreamId } = await makeUpstream(manager, groupId, { credential: 'sk-ant-canary-555555555555' });
  const [known] = await knownCredentials(pg.db, [upstreamId]);
  await rotateDataKey(system, groupId, 'test');
  expect(await knownCredentials(pg.db, [upstreamId])).toEqual([known]);
  const later = { ...manager, clock: { now: () => new Date(Date.now() + 60_000) } };
  await updateUpstream(later, addressPolicy(), { groupId, upstreamId }, { credential: 'sk-ant-canary-666666666666' });
  const [changed] = await knownCredentials(pg.db, [upstreamId]);
  expect(changed?.secretSetAt.getTime()).toBeGreaterThan(known?.secretSetAt.getTime() ?? 0);
});
