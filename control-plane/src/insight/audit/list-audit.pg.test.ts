import type { SessionId, UserId } from '@aicarpool/shared-protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelFleet, modelParts, standingClock } from '../../../test/model-fleet.ts';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { audit, type Role } from '../../kernel/index.ts';
import { listAudit } from './list-audit.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());

const parts = modelParts(modelFleet());
const clock = standingClock('2026-11-21T10:00:00.000Z');
const as = (userId: string, role: Role = 'group_member') =>
  testCtx(pg, { kind: 'user', userId: userId as UserId, role, sessionId: 'ses_1' as SessionId }, { clock });
const root = as('usr_root', 'super_admin');
const page = { page: 1, limit: 20 };

beforeAll(async () => {
  const deeds = [
    ['carpool.key.issue', 'key', 'key_1', 'grp_one', 'usr_ann'],
    ['carpool.key.revoke', 'key', 'key_1', 'grp_one', 'usr_boss'],
    ['carpool.group.create', 'group', 'grp_two', 'grp_two', 'usr_boss'],
    ['carpool.keyring', 'key', 'key_2', null, 'usr_root'],
  ] as const;
  for (const [action, kind, id, groupId, who] of deeds) {
    clock.forward(60_000);
    await audit(pg.db, as(who), { action, target: { kind, id }, groupId, after: { name: 'x', credential: 'sk-secret-secret' } });
  }
});

const actions = async (over: object, ctx = root) =>
  (await listAudit(ctx, parts, { ...page, ...over })).entries.map(({ action }) => action);

test('shows administrators everything, newest first, page by page', async () => {
  expect(await actions({})).toEqual(['carpool.keyring', 'carpool.group.create', 'carpool.key.revoke', 'carpool.key.issue']);
  const second = await listAudit(root, parts, { page: 2, limit: 3 });
  expect(second.entries.map(({ action }) => action)).toEqual(['carpool.key.issue']);
  expect(second.total).toBe(4);
  expect(second.entries[0]).toMatchObject({
    actor_kind: 'user',
    actor_id: 'usr_ann',
    target_id: 'key_1',
    group_id: 'grp_one',
    at: '2026-11-21T10:01:00.000Z',
  });
  expect(JSON.stringify(second.entries)).not.toContain('sk-secret');
});

test('narrows by action, family of actions, actor, target, group and time', async () => {
  expect(await actions({ action: 'carpool.key.issue' })).toEqual(['carpool.key.issue']);
  expect(await actions({ action: 'carpool.key.' })).toEqual(['carpool.key.revoke', 'carpool.key.issue']);
  expect(await actions({ action: 'carpool_key.' })).toEqual([]);
  expect(await actions({ actor_id: 'usr_boss' })).toHaveLength(2);
  expect(await actions({ target_kind: 'key', target_id: 'key_1' })).toHaveLength(2);
  expect(await actions({ group_id: 'grp_two' })).toEqual(['carpool.group.create']);
  expect(await actions({ from: '2026-11-21T10:02:00Z', to: '2026-11-21T10:03:00Z' })).toEqual(['carpool.key.revoke']);
  await expect(actions({ from: 'noon' })).rejects.toMatchObject({ status: 400 });
});

test('shows a manager the history of his group and nobody anything else', async () => {
  expect(await actions({ group_id: 'grp_one' }, as('usr_boss', 'group_manager'))).toHaveLength(2);
  await expect(actions({}, as('usr_boss', 'group_manager'))).rejects.toMatchObject({ status: 403 });
  await expect(actions({ group_id: 'grp_two' }, as('usr_boss', 'group_manager'))).rejects.toMatchObject({ status: 404 });
  await expect(actions({ group_id: 'grp_one' }, as('usr_ann'))).rejects.toMatchObject({ status: 403 });
  await expect(actions({}, testCtx(pg, { kind: 'anonymous' }))).rejects.toMatchObject({ status: 401 });
});
