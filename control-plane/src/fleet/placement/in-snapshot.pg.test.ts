import { eq } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { freshDatabase, testCtx } from '../../../test/pg.ts';
import { changeGroup, insertGroup } from '../../../test/plain-config.ts';
import { carpoolGroups } from '../../carpool/tables.ts';
import { currentHead } from '../../kernel/change-log.ts';
import { inSnapshot } from './in-snapshot.ts';

const pg = await freshDatabase();
afterAll(() => pg.close());
const ctx = testCtx(pg);

it('sees neither rows nor versions that were committed after it began', async () => {
  const id = await insertGroup(pg.db, { name: 'before' });
  await inSnapshot(ctx, async (tx) => {
    const head = await currentHead(tx);
    await changeGroup(pg.db, id, { name: 'after' });
    expect(await currentHead(tx)).toEqual(head);
    expect((await tx.select().from(carpoolGroups).where(eq(carpoolGroups.id, id)))[0]?.name).toBe('before');
    expect((await currentHead(pg.db)).head).toBe(head.head + 1);
  });
});

it('writes nothing', async () => {
  const id = await insertGroup(pg.db);
  await expect(inSnapshot(ctx, (tx) => changeGroup(tx, id, { name: 'x' }))).rejects.toThrow();
});
