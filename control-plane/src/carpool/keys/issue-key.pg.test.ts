import type { GroupId } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readRules } from '../quotas/rules/read-rules.ts';
import { carpoolKeys } from '../tables.ts';
import { hashOfKey } from './key-format.ts';
import { getKey, listKeys } from './read-keys.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const firstPage = { page: 1, limit: 20 };

describe('issueKey', () => {
  it('shows the text once and keeps its hash', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const key = await makeKey(manager, { name: 'Mine', token_limit: 1000, restricted_models: ['claude-opus-5'] });
    const { api_key: text, ...view } = key;
    expect(view).toMatchObject({
      name: 'Mine',
      group_id: group.id,
      group_name: 'A group',
      status: 'active',
      key_hint: text.slice(-4),
      token_limit: 1000,
      enable_model_restriction: true,
      restricted_models: ['claude-opus-5'],
      expires_at: null,
      tokens_used: null,
      notices: [],
    });
    expect(await getKey(manager, key.id)).toEqual(view);
    expect(await readRules(pg.db, group.id as GroupId)).toMatchObject([
      { of: 'key', subject: key.id, unit: 'tokens', window: 'total', limit: 1000, origin: 'key' },
    ]);
    const [row] = await pg.db
      .select()
      .from(carpoolKeys)
      .where(eq(carpoolKeys.hash, hashOfKey(text)));
    expect(row?.id).toBe(key.id);
    const [audited] = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, key.id));
    expect(audited).toMatchObject({ action: 'carpool.key.issue', groupId: group.id, actorId: manager.userId });
    for (const name of ['carpool_keys', 'kernel_audit', 'cfg_log']) {
      const rows = await pg.sql`SELECT t::text AS text FROM ${pg.sql(name)} t`;
      for (const stored of rows) expect(stored['text']).not.toContain(text.slice(4, -4));
    }
  });

  it('needs to know the group of someone who is in several, or in none', async () => {
    const manager = await newPerson(pg);
    await expect(makeKey(manager)).rejects.toMatchObject({ status: 400, code: 'group_needed' });
    const first = await makeGroup(manager);
    await makeGroup(manager);
    await expect(makeKey(manager)).rejects.toMatchObject({ status: 400, code: 'group_needed' });
    expect(await makeKey(manager, { group_id: first.id })).toMatchObject({ group_id: first.id });
  });

  it('stops at the limit of the group, also when many ask at once', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager, { max_keys_per_user: 3 });
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => makeKey(manager)));
    expect(asked.filter((answer) => answer.status === 'fulfilled')).toHaveLength(3);
    await expect(makeKey(manager)).rejects.toMatchObject({ status: 409, code: 'key_limit_reached' });
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    expect(await makeKey(member)).toMatchObject({ user_id: member.userId });
  });

  it('is for members: strangers find no group, administrators from outside are told why', async () => {
    const group = await makeGroup(await newPerson(pg));
    await expect(makeKey(await newPerson(pg), { group_id: group.id })).rejects.toMatchObject({
      status: 404,
      code: 'group_unknown',
    });
    await expect(makeKey(await newPerson(pg, 'admin'), { group_id: group.id })).rejects.toMatchObject({
      status: 403,
      code: 'not_a_member',
    });
    await expect(makeKey(testCtx(pg, { kind: 'anonymous' }))).rejects.toMatchObject({ status: 401 });
  });
});

describe('listKeys', () => {
  it('shows members their own keys, managers those of the group, administrators everybody’s', async () => {
    const [manager, member, admin] = [await newPerson(pg), await newPerson(pg, 'group_member'), await newPerson(pg, 'admin')];
    const group = await makeGroup(manager);
    await join(member, group);
    const mine = await makeKey(manager);
    const theirs = await makeKey(member);
    const ids = async (ctx: typeof manager, query = {}) =>
      (await listKeys(ctx, { ...firstPage, ...query })).keys.map(({ id }) => id).sort();
    const both = [mine.id, theirs.id].sort();
    expect(await ids(manager)).toEqual([mine.id]);
    expect(await ids(member, { group_id: group.id })).toEqual([theirs.id]);
    expect(await ids(manager, { group_id: group.id })).toEqual(both);
    expect(await ids(manager, { group_id: group.id, user_id: member.userId })).toEqual([theirs.id]);
    expect(await ids(admin)).toEqual([]);
    expect(await ids(admin, { group_id: group.id })).toEqual(both);
    expect(await ids(admin, { user_id: member.userId })).toEqual([theirs.id]);
    await expect(ids(member, { user_id: manager.userId })).rejects.toMatchObject({ status: 403, code: 'not_yours' });
    await expect(ids(await newPerson(pg), { group_id: group.id })).rejects.toMatchObject({ status: 404 });
    expect(await getKey(manager, theirs.id)).toMatchObject({ id: theirs.id });
    await expect(getKey(member, mine.id)).rejects.toMatchObject({ status: 404, code: 'key_unknown' });
  });

  it('says of a key past its day that it expired', async () => {
    const manager = await newPerson(pg);
    await makeGroup(manager);
    const key = await makeKey(manager, { expires_at: '2020-01-01T00:00:00Z' });
    expect(await getKey(manager, key.id)).toMatchObject({ status: 'expired', expires_at: '2020-01-01T00:00:00.000Z' });
  });
});
