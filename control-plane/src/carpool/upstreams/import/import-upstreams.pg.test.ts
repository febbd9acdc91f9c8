import { upstreamImport } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressPolicy, join, makeGroup, makeUpstream, newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { listUpstreams } from '../read-upstreams.ts';
import { importUpstreams } from './import-upstreams.ts';

let pg: TestPg;
let manager: Awaited<ReturnType<typeof newPerson>>;
let group: { id: string };
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());
beforeEach(async () => {
  manager = await newPerson(pg);
  group = await makeGroup(manager);
});

const policy = addressPolicy({ 'api.example.com': ['8.8.8.8'], 'inside.example.com': ['10.0.0.5'] });
const csv = (...rows: string[]) => ['service_name,name,credential,base_url', ...rows].join('\n');
const run = (over: object, ctx = manager) =>
  importUpstreams(ctx, policy, group.id, upstreamImport.parse({ format: 'csv', content: '', ...over }));
const names = async () => {
  const { accounts } = await listUpstreams(manager, { groupId: group.id, page: 1, limit: 100 });
  return accounts.map(({ name }) => name).sort();
};

const mixed = csv(
  'claude,One,sk-canary-one-1111,',
  'claude,Two,sk canary two,',
  'planet,Three,sk-canary-three,',
  'claude,Four,sk-canary-four,https://inside.example.com',
  'claude,One,sk-canary-five,',
  'claude,Six,sk-canary-one-1111,',
  'gemini,Seven,sk-canary-one-1111,https://api.example.com',
  'claude,Held,sk-canary-eight,',
  'claude,Nine,sk-held-credential,',
);

describe('importUpstreams', () => {
  it('says row by row what a real run would do, and a dry run changes nothing', async () => {
    await makeUpstream(manager, group.id, { name: 'Held', credential: 'sk-held-credential' });
    const dry = await run({ content: mixed });
    expect(dry).toMatchObject({ dry_run: true, imported: 2, failed: 7 });
    expect(dry.rows.map(({ row, status, errors }) => [row, status, errors[0]?.field, errors[0]?.code])).toEqual([
      [1, 'ok', undefined, undefined],
      [2, 'error', 'credential', 'credential_malformed'],
      [3, 'error', 'service_name', 'service_unknown'],
      [4, 'error', 'base_url', 'base_url_not_allowed'],
      [5, 'error', 'name', 'name_taken'],
      [6, 'error', 'credential', 'duplicate'],
      [7, 'ok', undefined, undefined],
      [8, 'error', 'name', 'name_taken'],
      [9, 'error', 'credential', 'duplicate'],
    ]);
    expect(await names()).toEqual(['Held']);
    const real = await run({ content: mixed, dry_run: false });
    expect(real.rows.map(({ upstream_id, ...rest }) => rest)).toEqual(dry.rows.map(({ upstream_id, ...rest }) => rest));
    expect(await names()).toEqual(['Held', 'One', 'Seven']);
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.groupId, group.id));
    expect(rows.filter(({ action }) => action === 'carpool.upstream.import')).toHaveLength(1);
    expect(JSON.stringify([dry, real, rows])).not.toContain('canary');
  });

  it('imports nothing with atomic unless every row is good', async () => {
    const stopped = await run({ content: mixed, dry_run: false, atomic: true });
    expect(stopped).toMatchObject({ imported: 0 });
    expect(stopped.rows[0]).toMatchObject({ status: 'skipped', upstream_id: null });
    expect(await names()).toEqual([]);
    const good = csv('claude,One,sk-one,', 'claude,Two,sk-two,');
    const done = await run({ content: good, dry_run: false, atomic: true });
    expect(done).toMatchObject({ imported: 2, failed: 0 });
    expect(done.rows[1]?.upstream_id).toMatch(/^ups_/);
  });

  it('takes JSON, and says once what kinds of account may be bound to one person', async () => {
    const content = JSON.stringify([
      { service_name: 'claude', name: 'A', auth_type: 'bearer_token', credential: { token: 'token-a' } },
      { service_name: 'claude', name: 'B', auth_type: 'bearer_token', credential: { token: 'token-b' } },
    ]);
    const report = await run({ format: 'json', content, dry_run: false });
    expect(report).toMatchObject({ imported: 2, notices: [expect.stringContaining('one person')] });
  });

  it('imports a thousand rows', async () => {
    const rows = Array.from({ length: 1000 }, (_, at) => `claude,N${at},sk-number-${at},`);
    expect(await run({ content: csv(...rows), dry_run: false })).toMatchObject({ imported: 1000, failed: 0 });
  });

  it('is for managers', async () => {
    const member = await newPerson(pg, 'group_member');
    await join(member, group);
    await expect(run({ content: mixed }, member)).rejects.toMatchObject({ status: 403 });
    await expect(run({ content: mixed }, await newPerson(pg))).rejects.toMatchObject({ status: 404 });
  });
});
