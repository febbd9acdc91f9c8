import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { getGroupServices } from '../groups/read-group-services.ts';
import { carpoolDataKeys, carpoolUpstreams } from '../tables.ts';
import { getUpstream, listUpstreams } from './read-upstreams.ts';
import { dataKeysOf } from './secrets/data-keys.ts';
import { openCredential } from './secrets/seal-credential.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const canary = 'sk-ant-canary-DoNotShowThis-9f3b';

describe('addUpstream', () => {
  it('seals the secret under the data key of the group and shows its end only', async () => {
    const manager = await newPerson(pg);
    const { id: groupId } = await makeGroup(manager);
    const account = await makeUpstream(manager, groupId, { name: 'Main', credential: { api_key: canary } });
    expect(account).toMatchObject({
      service_name: 'claude',
      name: 'Main',
      auth_type: 'api_key',
      credential_hint: '9f3b',
      base_url: null,
      status: 'active',
      notices: [],
    });
    const [row] = await pg.db
      .select()
      .from(carpoolUpstreams)
      .where(eq(carpoolUpstreams.groupId, groupId as never));
    const [dataKey] = await dataKeysOf(testCtx(pg), pg.db, groupId);
    if (!row?.credential || !dataKey) throw new Error('nothing was sealed');
    expect(openCredential(dataKey, { upstreamId: account.id, groupId }, row.credential)).toBe(canary);
    const [wrapped] = await pg.db
      .select()
      .from(carpoolDataKeys)
      .where(eq(carpoolDataKeys.groupId, groupId as never));
    expect(wrapped?.wrapped).not.toContain(dataKey.key.toString('base64'));
    await makeUpstream(manager, groupId, { name: 'Second' });
    expect(await dataKeysOf(testCtx(pg), pg.db, groupId)).toHaveLength(1);
  });

  it('leaves the secret in no row of any table, no answer and no log', async () => {
    const lines: string[] = [];
    const { newLogger } = await import('../../kernel/index.ts');
    const log = newLogger('debug', { write: (line: string) => void lines.push(line) });
    const manager = await newPerson(pg, 'group_manager', { log });
    const { id } = await makeGroup(manager);
    const account = await makeUpstream(manager, id, { credential: canary });
    await expect(makeUpstream(manager, id, { credential: `${canary} with a blank` })).rejects.toThrow(/^(?!.*canary)/s);
    log.warn({ account }, 'what a careless line would log');
    expect(JSON.stringify([account, await getUpstream(manager, { groupId: id, upstreamId: account.id }), lines])).not.toContain(
      'canary',
    );
    const tables = await pg.sql<
      { name: string }[]
    >`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`;
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      const rows = await pg.sql`SELECT t::text AS text FROM ${pg.sql(name)} t`;
      for (const row of rows) expect(row['text'], name).not.toContain('canary');
    }
  });

  it('switches its service on when the group does not list it yet, and leaves it alone when it does', async () => {
    const manager = await newPerson(pg);
    const { id } = await makeGroup(manager, { enabled_services: ['gemini'] });
    await makeUpstream(manager, id);
    expect(await getGroupServices(manager, id)).toMatchObject({ enabled_services: ['gemini', 'claude'] });
    const off = await makeGroup(manager, { ai_services: [{ service_name: 'claude', enabled: false }] });
    await makeUpstream(manager, off.id);
    expect(await getGroupServices(manager, off.id)).toMatchObject({ enabled_services: [], services: [{ status: 'disabled' }] });
  });

  it('tells that a sign-in token may belong to one person, and records the choice', async () => {
    const manager = await newPerson(pg);
    const { id } = await makeGroup(manager);
    for (const auth_type of ['oauth', 'bearer_token'] as const) {
      const account = await makeUpstream(manager, id, { auth_type, credential: { access_token: 'a-long-sign-in-token' } });
      expect(account.notices).toHaveLength(1);
      const [row] = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, account.id));
      expect(row).toMatchObject({ action: 'carpool.upstream.add', after: { auth_type, told_about_personal_accounts: true } });
    }
  });

  it('refuses unknown services, a name that is taken, and addresses inside', async () => {
    const manager = await newPerson(pg);
    const { id } = await makeGroup(manager);
    await makeUpstream(manager, id, { name: 'One' });
    await expect(makeUpstream(manager, id, { name: 'One' })).rejects.toMatchObject({ status: 409, code: 'name_taken' });
    await expect(makeUpstream(manager, id, { service_name: 'nothing' })).rejects.toMatchObject({
      status: 400,
      code: 'service_unknown',
    });
    await expect(makeUpstream(manager, id, { base_url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'base_url_not_allowed',
    });
    expect((await listUpstreams(manager, { groupId: id, page: 1, limit: 20 })).total).toBe(1);
  });

  it('is for managers: members get 403 even to look, strangers 404', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const account = await makeUpstream(manager, group.id);
    const member = await newPerson(pg);
    await join(member, group);
    const stranger = await newPerson(pg);
    const query = { groupId: group.id, page: 1, limit: 20 };
    const name = { groupId: group.id, upstreamId: account.id };
    await expect(makeUpstream(member, group.id)).rejects.toMatchObject({ status: 403 });
    await expect(listUpstreams(member, query)).rejects.toMatchObject({ status: 403 });
    await expect(getUpstream(member, name)).rejects.toMatchObject({ status: 403 });
    await expect(makeUpstream(stranger, group.id)).rejects.toMatchObject({ status: 404 });
    await expect(listUpstreams(stranger, query)).rejects.toMatchObject({ status: 404 });
    const other = await makeGroup(stranger);
    await expect(getUpstream(stranger, { groupId: other.id, upstreamId: account.id })).rejects.toMatchObject({
      status: 404,
      code: 'upstream_unknown',
    });
    expect((await listUpstreams(manager, { ...query, service_name: 'gemini' })).total).toBe(0);
  });
});
