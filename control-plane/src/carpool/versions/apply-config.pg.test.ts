import { type GroupId, newId, type QuotaId } from '@aicarpool/shared-protocol';
import { newQuota } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addressPolicy,
  join,
  makeGroup,
  makeKey,
  makeUpstream,
  newPerson,
  withServices,
} from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { type Ctx, currentHead, inTransaction, pruneConfigHistory } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readScope } from '../facts.ts';
import { setGroupServices } from '../groups/set-group-services.ts';
import { updateGroup } from '../groups/update-group.ts';
import { revokeKey } from '../keys/revoke-key.ts';
import { quotaIdOf } from '../quotas/rules/rule.ts';
import { writeRules } from '../quotas/rules/write-rules.ts';
import { setQuota } from '../quotas/set-quota.ts';
import { carpoolQuotaChanges, carpoolQuotas } from '../tables.ts';
import { setRouting } from '../traffic/routing.ts';
import { removeUpstream } from '../upstreams/remove-upstream.ts';
import { updateUpstream } from '../upstreams/update-upstream.ts';
import { exportConfig, importConfig } from './exchange-config.ts';
import { listConfigVersions } from './list-versions.ts';
import { previewVersion, restoreVersion } from './restore-version.ts';

let pg: TestPg;
let manager: Ctx & { userId: string };
const policy = addressPolicy({ 'a.example.com': ['93.184.216.34'], 'inside.example.com': ['10.0.0.7'] });
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  manager = await newPerson(pg);
});
afterAll(() => pg.close());

const headNow = async () => (await currentHead(pg.db)).head;

const place = { of: 'member', subject: null, serviceId: null, unit: 'tokens', window: 'day' } as const;

async function insertQuota(groupId: string, limit: number) {
  await inTransaction(manager, (tx) =>
    writeRules(tx, manager, groupId as GroupId, [{ place, terms: { limit } }], { origin: 'quota' }),
  );
  return quotaIdOf(groupId as GroupId, place);
}

const setLimit = (id: QuotaId, limit: number) => pg.db.update(carpoolQuotas).set({ limit }).where(eq(carpoolQuotas.id, id));

/** A group whose config has every part. */
async function wholeGroup() {
  const group = await makeGroup(manager, { enabled_services: ['claude', 'openai'] });
  const account = await makeUpstream(manager, group.id, { name: 'first' });
  const quota = await insertQuota(group.id, 1000);
  return { group, account, quota };
}

describe('restoring a version', () => {
  it('brings back settings, services, quotas and accounts as they were, as a new version', async () => {
    const { group, account, quota } = await wholeGroup();
    const wanted = await exportConfig(manager, group.id);
    const then = await headNow();
    await setRouting(manager, group.id, { strategy: 'cost' });
    await updateGroup(manager, group.id, { name: 'another name', time_zone: 'Asia/Shanghai', config_valid_s: null });
    await setGroupServices(manager, group.id, { enabled_services: ['gemini'] });
    await updateUpstream(
      manager,
      policy,
      { groupId: group.id, upstreamId: account.id },
      { weight: 7, name: 'renamed', status: 'disabled' },
    );
    await setLimit(quota, 5);
    const before = await headNow();
    const plan = await previewVersion(manager, group.id, then);
    expect(plan.changes).toContainEqual({ part: 'quota', id: quota, field: 'limit', before: 5, after: 1000 });
    expect(plan.changes).toContainEqual({ part: 'group', id: null, field: 'time_zone', before: 'Asia/Shanghai', after: 'UTC' });
    expect(plan.changes).toContainEqual({ part: 'account', id: account.id, field: 'weight', before: 7, after: 100 });
    expect(plan.changes.find(({ id }) => id === 'gemini')).toMatchObject({ part: 'service', field: null, after: null });
    const done = await restoreVersion(manager, policy, group.id, then, {
      reason: 'it was better',
      expectedVersion: plan.version,
    });
    expect(done).toEqual({ ...plan, applied: true });
    expect(await exportConfig(manager, group.id)).toEqual({ ...wanted, group: { ...wanted.group, egress: null } });
    expect(await headNow()).toBe(before + 1);
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.action, 'carpool.group.restore'));
    expect(rows[0]?.after).toMatchObject({ restored_version: then, reason: 'it was better' });
    const told = await pg.db.select().from(carpoolQuotaChanges).where(eq(carpoolQuotaChanges.quotaId, quota));
    expect(told.map(({ reason, after: terms }) => [reason, terms?.limit])).toContainEqual(['it was better', 1000]);
  });

  it('tells nodes exactly what they were told then', async () => {
    const { group, quota } = await wholeGroup();
    const told = await readScope(pg.db, group.id);
    const then = await headNow();
    await setRouting(manager, group.id, { sticky: false });
    await pg.db.delete(carpoolQuotas).where(eq(carpoolQuotas.id, quota));
    await setGroupServices(manager, group.id, { enabled_services: ['openai'] });
    expect(await readScope(pg.db, group.id)).not.toEqual(told);
    await restoreVersion(manager, policy, group.id, then, {});
    expect(await readScope(pg.db, group.id)).toEqual(told);
  });

  it('never brings back a key that was revoked, nor an account whose secret was forgotten', async () => {
    const { group, account } = await wholeGroup();
    const key = await makeKey(manager, { group_id: group.id as never });
    const then = await headNow();
    await revokeKey(manager, key.id);
    await removeUpstream(manager, { groupId: group.id, upstreamId: account.id });
    await setRouting(manager, group.id, { strategy: 'weight' });
    const done = await restoreVersion(manager, policy, group.id, then, {});
    expect(done.left_out).toMatchObject([{ part: 'account', id: 'first' }]);
    const kinds = (await readScope(pg.db, group.id)).map(({ kind }) => kind);
    expect(kinds).not.toContain('key');
    expect(kinds).not.toContain('upstream');
  });

  it('refuses a plan that was made before somebody else changed the config', async () => {
    const { group } = await wholeGroup();
    const then = await headNow();
    await setRouting(manager, group.id, { strategy: 'weight' });
    const { version } = await previewVersion(manager, group.id, then);
    await setRouting(manager, group.id, { strategy: 'cost' });
    await expect(restoreVersion(manager, policy, group.id, then, { expectedVersion: version })).rejects.toMatchObject({
      code: 'config_moved',
    });
  });

  it('does nothing when nothing would change, and says what it does not know', async () => {
    const { group } = await wholeGroup();
    const head = await headNow();
    expect(await restoreVersion(manager, policy, group.id, head, {})).toMatchObject({ applied: false, changes: [] });
    expect(await headNow()).toBe(head);
    for (const unknown of [0, head + 1]) {
      await expect(restoreVersion(manager, policy, group.id, unknown, {})).rejects.toMatchObject({ code: 'version_unknown' });
    }
  });

  it('knows no version of which a part is forgotten, and does not name it', async () => {
    const { group, account, quota } = await wholeGroup();
    const days = (version: number, ago: number) =>
      pg.sql`UPDATE cfg_history SET at = now() - make_interval(days => ${ago}) WHERE scope = ${group.id} AND version <= ${version}`;
    await updateUpstream(manager, policy, { groupId: group.id, upstreamId: account.id }, { priority: 7 });
    const between = await headNow();
    await setLimit(quota, 5);
    const newest = await headNow();
    await setRouting(manager, group.id, { strategy: 'cost' });
    await days(newest, 181);
    await pruneConfigHistory(pg.db, new Date(manager.clock.now().getTime() - 180 * 86_400_000));
    await expect(restoreVersion(manager, policy, group.id, between, {})).rejects.toMatchObject({ code: 'version_unknown' });
    await restoreVersion(manager, policy, group.id, newest, {});
    expect((await exportConfig(manager, group.id)).quotas).toMatchObject([{ limit: 5 }]);
    const { versions, total } = await listConfigVersions(manager, group.id, { page: 1, limit: 20 });
    expect(total).toBe(versions.length);
    expect(versions.at(-1)?.version).toBe(newest);
  });

  it('leaves the limit that a key carries to the key, whoever set it', async () => {
    const { group } = await wholeGroup();
    const owner = await newPerson(pg, 'group_member');
    await join(owner, group);
    const key = await makeKey(owner, { group_id: group.id as GroupId, token_limit: 1000 });
    const then = await headNow();
    await setQuota(
      manager,
      group.id,
      newQuota.parse({ of: 'key', subject: key.id, unit: 'tokens', window: 'total', limit: 500 }),
    );
    expect((await restoreVersion(manager, policy, group.id, then, {})).applied).toBe(false);
    await setRouting(manager, group.id, { strategy: 'cost' });
    await restoreVersion(manager, policy, group.id, then, {});
    const [row] = await pg.sql`SELECT token_limit FROM carpool_keys WHERE id = ${key.id}`;
    expect(Number(row?.['token_limit'])).toBe(500);
  });

  it('is for managers of the group', async () => {
    const { group } = await wholeGroup();
    const member = await newPerson(pg, 'group_member');
    await expect(previewVersion(member, group.id, 1)).rejects.toMatchObject({ code: 'group_unknown' });
    await join(member, group);
    await expect(restoreVersion(member, policy, group.id, 1, {})).rejects.toMatchObject({ code: 'not_the_manager' });
    await expect(listConfigVersions(member, group.id, { page: 1, limit: 20 })).rejects.toMatchObject({ code: 'not_the_manager' });
  });

  it('ends at the config of a version, whatever was changed since and in whatever order versions are restored', async () => {
    const { group, quota } = await wholeGroup();
    const rules = async () => {
      const { quotas, ...rest } = await exportConfig(manager, group.id);
      return { ...rest, quotas: quotas.map(({ id: _, ...rule }) => rule) };
    };
    const documents = new Map<number, unknown>();
    const steps = [
      () => setRouting(manager, group.id, { strategy: 'cost' }),
      () => setLimit(quota, 2000),
      () => setGroupServices(manager, group.id, { enabled_services: ['gemini', 'claude'] }),
      () => pg.db.delete(carpoolQuotas).where(eq(carpoolQuotas.id, quota)),
      () => updateGroup(manager, group.id, { cost_limits: { daily_limit: 5 } }),
      () => insertQuota(group.id, 77),
    ];
    for (const step of steps) {
      await step();
      documents.set(await headNow(), await rules());
    }
    const versions = [...documents.keys()];
    for (const version of [...versions, ...versions.toReversed()]) {
      await restoreVersion(manager, policy, group.id, version, {});
      expect(await rules()).toEqual(documents.get(version));
    }
  });
});

describe('the history', () => {
  it('says what changed in which version, when, and who did it', async () => {
    const { group } = await wholeGroup();
    await setRouting(manager, group.id, { strategy: 'cost' });
    const { versions, total } = await listConfigVersions(manager, group.id, { page: 1, limit: 2 });
    expect(versions[0]).toMatchObject({
      version: await headNow(),
      by: { kind: 'user', id: manager.userId, name: 'A person' },
      action: 'carpool.group.update',
      changed: [{ kind: 'group', id: group.id, gone: false }],
    });
    expect(versions).toHaveLength(2);
    expect(total).toBeGreaterThan(2);
  });

  it('holds no secret', async () => {
    const { group, account } = await wholeGroup();
    const text = JSON.stringify(await pg.sql`SELECT state FROM cfg_history WHERE scope = ${group.id}`);
    expect(text).toContain(account.id);
    expect(text).not.toMatch(/plain-credential|ciphertext|nonce/);
  });
});

describe('a document', () => {
  it('makes another group alike, but for accounts that it does not have', async () => {
    const { group } = await wholeGroup();
    await setRouting(manager, group.id, { strategy: 'performance' });
    const document = await exportConfig(manager, group.id);
    const other = await makeGroup(manager, { name: 'other' });
    const asked = { dryRun: true };
    const plan = await importConfig(manager, policy, other.id, document, asked);
    expect(plan).toMatchObject({ applied: false, left_out: [{ part: 'account', id: 'first' }] });
    expect((await exportConfig(manager, other.id)).group.routing).not.toEqual(document.group.routing);
    await importConfig(manager, policy, other.id, document, { dryRun: false });
    const made = await exportConfig(manager, other.id);
    expect({ ...made, quotas: made.quotas.map(({ id: _, ...rule }) => rule) }).toEqual({
      ...document,
      accounts: [],
      quotas: document.quotas.map(({ id: _, ...rule }) => rule),
    });
    expect((await exportConfig(manager, group.id)).quotas).toEqual(document.quotas);
    expect(await importConfig(manager, policy, other.id, document, { dryRun: false })).toMatchObject({ applied: false });
  });

  it('changes no address of an account to one where accounts may not lie', async () => {
    const { group } = await wholeGroup();
    const document = await exportConfig(manager, group.id);
    const at = (base_url: string) => ({ ...document, accounts: document.accounts.map((account) => ({ ...account, base_url })) });
    await expect(
      importConfig(manager, policy, group.id, at('https://inside.example.com'), { dryRun: false }),
    ).rejects.toMatchObject({ status: 400 });
    await importConfig(manager, policy, group.id, at('https://a.example.com'), { dryRun: false });
    expect((await exportConfig(manager, group.id)).accounts[0]?.base_url).toBe('https://a.example.com');
  });

  it('gives no two accounts one name, lets two of them change names, and takes every service once', async () => {
    const { group } = await wholeGroup();
    await makeUpstream(manager, group.id, { name: 'second' });
    const document = await exportConfig(manager, group.id);
    const [one, two] = document.accounts;
    if (!one || !two) throw new Error('the group has no two accounts');
    const renamed = {
      ...document,
      accounts: [{ ...one, name: two.name }],
      services: [...document.services, ...document.services],
    };
    const { left_out } = await importConfig(manager, policy, group.id, renamed, { dryRun: false });
    expect(left_out.map(({ part }) => part)).toEqual(['service', 'service', 'account']);
    const swapped = {
      ...document,
      accounts: [
        { ...one, name: two.name },
        { ...two, name: one.name },
      ],
    };
    expect(await importConfig(manager, policy, group.id, swapped, { dryRun: false })).toMatchObject({
      left_out: [],
      applied: true,
    });
    expect((await exportConfig(manager, group.id)).accounts).toMatchObject([{ name: two.name }, { name: one.name }]);
  });

  it('leaves out what is not here, and names it', async () => {
    const { group } = await wholeGroup();
    const document = await exportConfig(manager, group.id);
    const [service] = document.services;
    const [quota] = document.quotas;
    if (!service || !quota) throw new Error('the group has neither service nor quota');
    const strange = {
      ...document,
      services: [...document.services, { ...service, service_id: 'nowhere' }],
      quotas: [...document.quotas, { ...quota, id: newId('quota'), subject: newId('user') }, { ...quota, id: newId('quota') }],
    };
    const { left_out, changes } = await importConfig(manager, policy, group.id, strange, { dryRun: true });
    expect(left_out.map(({ part }) => part).sort()).toEqual(['quota', 'quota', 'service']);
    expect(changes).toEqual([]);
  });
});
