import type { GroupId } from '@aicarpool/shared-protocol';
import { keyChange, newQuota } from '@aicarpool/shared-protocol/console';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import type { Ctx } from '../../../kernel/index.ts';
import { getKey } from '../../keys/read-keys.ts';
import { revokeKey } from '../../keys/revoke-key.ts';
import { updateKey } from '../../keys/update-key.ts';
import { listChanges } from '../list-changes.ts';
import { changeQuota, removeQuota, setQuota } from '../set-quota.ts';
import { readRules } from './read-rules.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

async function team() {
  const [manager, ann] = [await newPerson(pg), await newPerson(pg, 'group_member')];
  const group = await makeGroup(manager);
  await join(ann, group);
  return { manager, ann, group };
}
const update = (ctx: Ctx, id: string, token_limit: number | null) => updateKey(ctx, id, keyChange.parse({ token_limit }));
const rulesOf = async (group: { id: string }) =>
  (await readRules(pg.db, group.id as GroupId)).map(({ of, subject, limit, origin }) => [of, subject, limit, origin]);
const ofKey = { of: 'key', unit: 'tokens', window: 'total' };

describe('token_limit of a key', () => {
  it('is a rule that comes, changes and goes with it', async () => {
    const { ann, manager, group } = await team();
    const key = await makeKey(ann, { token_limit: 100 });
    await update(ann, key.id, 200);
    expect(await rulesOf(group)).toEqual([['key', key.id, 200, 'key']]);
    await update(ann, key.id, null);
    expect(await rulesOf(group)).toEqual([]);
    await update(ann, key.id, 300);
    await setQuota(manager, group.id, newQuota.parse({ ...ofKey, subject: key.id, window: 'day', limit: 10 }));
    await revokeKey(ann, key.id);
    expect(await rulesOf(group)).toEqual([]);
    const { changes } = await listChanges(manager, { groupId: group.id, page: 1, limit: 2 });
    expect(changes.map(({ reason, subject_name }) => [reason, subject_name])).toEqual([
      ['the key was revoked', 'A key'],
      ['the key was revoked', 'A key'],
    ]);
  });

  it('stays within what its member and his group may use, and a refused key is not made', async () => {
    const { ann, manager, group } = await team();
    const set = (wish: object) => setQuota(manager, group.id, newQuota.parse({ ...ofKey, ...wish }));
    await set({ of: 'group', limit: 1000 });
    await set({ of: 'member', limit: 500 });
    await expect(makeKey(ann, { token_limit: 501 })).rejects.toMatchObject({ status: 400, code: 'quota_over_member' });
    await set({ of: 'member', subject: ann.userId, limit: 800 });
    const key = await makeKey(ann, { token_limit: 800 });
    await expect(update(ann, key.id, 801)).rejects.toMatchObject({ code: 'quota_over_member' });
    expect((await getKey(ann, key.id)).token_limit).toBe(800);
  });

  it('that a manager set is his also where it is what the owner had set', async () => {
    const { ann, manager, group } = await team();
    const key = await makeKey(ann, { token_limit: 100 });
    await setQuota(manager, group.id, newQuota.parse({ ...ofKey, subject: key.id, limit: 100 }));
    await update(ann, key.id, 100);
    await expect(update(ann, key.id, null)).rejects.toMatchObject({ code: 'limit_not_yours' });
    expect(await rulesOf(group)).toEqual([['key', key.id, 100, 'quota']]);
  });

  it('that a manager set is his to change', async () => {
    const { ann, manager, group } = await team();
    const key = await makeKey(ann, { token_limit: 100 });
    const rule = await setQuota(manager, group.id, newQuota.parse({ ...ofKey, subject: key.id, limit: 50 }));
    expect((await getKey(ann, key.id)).token_limit).toBe(50);
    for (const limit of [60, null]) {
      await expect(update(ann, key.id, limit)).rejects.toMatchObject({ status: 403, code: 'limit_not_yours' });
    }
    expect((await update(ann, key.id, 50)).token_limit).toBe(50);
    await changeQuota(manager, group.id, rule.id, { limit: 70 });
    expect((await getKey(ann, key.id)).token_limit).toBe(70);
    await removeQuota(manager, group.id, rule.id);
    expect((await update(ann, key.id, 90)).token_limit).toBe(90);
    await update(manager, key.id, 80);
    await expect(update(ann, key.id, null)).rejects.toMatchObject({ status: 403 });
  });
});
