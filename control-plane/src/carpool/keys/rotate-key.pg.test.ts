import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, makeGroup, makeKey, newPerson, withServices } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../test/pg.ts';
import { kernelAudit } from '../../kernel/tables.ts';
import { readResources } from '../facts.ts';
import { hashOfKey } from './key-format.ts';
import { rotateKey } from './rotate-key.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
});
afterAll(() => pg.close());

describe('rotateKey', () => {
  it('gives the same key another text, once', async () => {
    const manager = await newPerson(pg);
    const group = await makeGroup(manager);
    const before = await makeKey(manager, { token_limit: 7 });
    const after = await rotateKey(manager, before.id);
    expect(after).toMatchObject({ id: before.id, token_limit: 7, key_hint: after.api_key.slice(-4) });
    expect(after.api_key).not.toBe(before.api_key);
    const [fact] = await readResources(pg.db, group.id, [{ kind: 'key', id: before.id }]);
    expect(fact?.body).toMatchObject({ hash: hashOfKey(after.api_key) });
    const rows = await pg.db.select().from(kernelAudit).where(eq(kernelAudit.targetId, before.id));
    expect(rows.map((row) => row.action)).toContain('carpool.key.rotate');
    expect(JSON.stringify(rows)).not.toContain(after.api_key.slice(4, -4));
  });

  it('is for its owner, who alone may see the text', async () => {
    const [manager, member] = [await newPerson(pg), await newPerson(pg, 'group_member')];
    const group = await makeGroup(manager);
    await join(member, group);
    const key = await makeKey(member);
    await expect(rotateKey(manager, key.id)).rejects.toMatchObject({ status: 403, code: 'not_yours' });
    await expect(rotateKey(await newPerson(pg, 'super_admin'), key.id)).rejects.toMatchObject({ status: 403 });
    await expect(rotateKey(await newPerson(pg), key.id)).rejects.toMatchObject({ status: 404 });
  });
});
