import { upstreamChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressPolicy, join, makeGroup, makeUpstream, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { type Ctx, changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { carpoolUpstreams } from '../tables.ts';
import { dataKeysOf } from './secrets/data-keys.ts';
import { openCredential } from './secrets/seal-credential.ts';
import { updateUpstream } from './update-upstream.ts';

let pg: TestPg;
let manager: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  manager = await newPerson(pg);
});
afterAll(() => pg.close());

const policy = addressPolicy({ 'api.example.com': ['8.8.8.8'] });
const update = (name: { groupId: string; upstreamId: string }, wish: unknown, ctx = manager) =>
  updateUpstream(ctx, policy, name, upstreamChange.parse(wish));

async function newAccount() {
  const group = await makeGroup(manager);
  const account = await makeUpstream(manager, group.id);
  return { group, account, name: { groupId: group.id, upstreamId: account.id } };
}

describe('updateUpstream', () => {
  it('changes what is named and keeps the secret', async () => {
    const { account, name } = await newAccount();
    const before = await currentHead(pg.db);
    const after = await update(name, {
      name: 'New',
      priority: 7,
      weight: 0,
      base_url: 'https://api.example.com/',
      status: 'disabled',
    });
    expect(after).toEqual({
      ...account,
      name: 'New',
      priority: 7,
      weight: 0,
      base_url: 'https://api.example.com',
      status: 'disabled',
      updated_at: after.updated_at,
    });
    expect(await update(name, { base_url: null, name: 'New' })).toMatchObject({ base_url: null, priority: 7 });
    const { head } = await currentHead(pg.db);
    expect(await changesSince(pg.db, [name.groupId], before.head, head)).toMatchObject([
      { kind: 'upstream', id: account.id, op: 'u' },
    ]);
  });

  it('replaces the secret and says so, without saying which', async () => {
    const { name } = await newAccount();
    expect(await update(name, { credential: 'sk-ant-the-next-canary' })).toMatchObject({ credential_hint: 'nary' });
    const [row] = await pg.db
      .select()
      .from(carpoolUpstreams)
      .where(eq(carpoolUpstreams.groupId, name.groupId as never));
    const [dataKey] = await dataKeysOf(testCtx(pg), pg.db, name.groupId);
    if (!row?.credential || !dataKey) throw new Error('nothing was sealed');
    expect(openCredential(dataKey, name, row.credential)).toBe('sk-ant-the-next-canary');
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, name.upstreamId));
    expect(rows.find((entry) => entry.action === 'carpool.upstream.update')).toMatchObject({ after: { rekeyed: true } });
    expect(JSON.stringify(rows)).not.toMatch(/canary|nary/);
  });

  it('refuses names that are taken and addresses inside', async () => {
    const { group, name } = await newAccount();
    await makeUpstream(manager, group.id, { name: 'Taken' });
    await expect(update(name, { name: 'Taken' })).rejects.toMatchObject({ status: 409, code: 'name_taken' });
    await expect(update(name, { base_url: 'https://10.0.0.1' })).rejects.toMatchObject({
      status: 400,
      code: 'base_url_not_allowed',
    });
  });

  it('is for managers of its own group', async () => {
    const { group, name } = await newAccount();
    const member = await newPerson(pg);
    await join(member, group);
    await expect(update(name, { weight: 1 }, member)).rejects.toMatchObject({ status: 403 });
    const stranger = await newPerson(pg);
    await expect(update(name, { weight: 1 }, stranger)).rejects.toMatchObject({ status: 404 });
    const theirs = await makeGroup(stranger);
    await expect(update({ ...name, groupId: theirs.id }, { weight: 1 }, stranger)).rejects.toMatchObject({
      status: 404,
      code: 'upstream_unknown',
    });
  });
});
