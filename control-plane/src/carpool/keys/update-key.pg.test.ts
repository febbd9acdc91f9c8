import { keyChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { type Ctx, changesSince, currentHead } from '../../kernel/index.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { updateKey } from './update-key.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

const update = (ctx: Ctx, id: string, wish: unknown) => updateKey(ctx, id, keyChange.parse(wish));

describe('updateKey', () => {
  it('changes what is named and tells nodes of what they see', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const { api_key: _text, ...key } = await makeKey(manager, { rate_limit_requests: 5, rate_limit_window: 60 });
    const start = await currentHead(pg.db);
    const renamed = await update(manager, key.id, { name: 'New', description: 'words' });
    expect(renamed).toEqual({ ...key, name: 'New', description: 'words', updated_at: renamed.updated_at });
    expect((await currentHead(pg.db)).head).toBe(start.head);
    expect(await update(manager, key.id, { status: 'disabled', token_limit: 9, ip_allowlist: ['10.0.0.0/8'] })).toMatchObject({
      status: 'disabled',
      token_limit: 9,
      rate_limit_requests: 5,
      ip_allowlist: ['10.0.0.0/8'],
    });
    const { head } = await currentHead(pg.db);
    expect(await changesSince(pg.db, [group.id], start.head, head)).toMatchObject([
      { kind: 'key', id: key.id, op: 'u' },
      { kind: 'quota', op: 'u' },
    ]);
    expect(await update(manager, key.id, { status: 'active', ip_allowlist: null })).toMatchObject({
      status: 'active',
      ip_allowlist: null,
    });
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, key.id));
    expect(rows.filter((row) => row.action === 'carpool.key.update')).toHaveLength(3);
  });

  it('refuses half a rate limit', async () => {
    const manager = await newPerson(pg);
    await makeGroup(manager);
    const key = await makeKey(manager);
    await expect(update(manager, key.id, { rate_limit_window: 5 })).rejects.toMatchObject({
      status: 400,
      code: 'rate_limit_incomplete',
    });
  });

  it('is for its owner, managers of its group and administrators', async () => {
    const [manager, member, other] = [
      await newPerson(pg),
      await newPerson(pg, 'group_member'),
      await newPerson(pg, 'group_member'),
    ];
    const group = await makeGroup(manager);
    await join(member, group);
    await join(other, group);
    const key = await makeKey(member);
    expect(await update(manager, key.id, { status: 'disabled' })).toMatchObject({ status: 'disabled' });
    expect(await update(await newPerson(pg, 'admin'), key.id, { status: 'active' })).toMatchObject({ status: 'active' });
    await expect(update(other, key.id, { status: 'disabled' })).rejects.toMatchObject({ status: 404, code: 'key_unknown' });
    await expect(update(await newPerson(pg), key.id, { status: 'disabled' })).rejects.toMatchObject({ status: 404 });
  });
});
