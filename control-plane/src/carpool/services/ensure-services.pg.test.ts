import { serviceResource } from '@aicarpool/shared-protocol';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson } from '../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg, testCtx } from '../../../test/pg.ts';
import { changesSince, currentHead } from '../../kernel/index.ts';
import { readScope } from '../facts.ts';
import { carpoolModels, carpoolSeeds, carpoolServices } from '../tables.ts';
import { ensureServices } from './ensure-services.ts';
import { readPriceList } from './prices/read-price-list.ts';

let pg: TestPg;
beforeAll(async () => {
  pg = await freshDatabase();
});
afterAll(() => pg.close());

describe('ensureServices', () => {
  it('fills an empty database, by any number of replicas at once', async () => {
    await Promise.all([1, 2, 3].map(() => ensureServices(testCtx(pg))));
    const services = await readScope(pg.db, 'global');
    expect(services.map(({ id }) => id)).toEqual(['ampcode', 'claude', 'gemini', 'openai']);
    for (const { body } of services) {
      expect(JSON.stringify(serviceResource.parse(body)).length).toBeLessThan(256 * 1024);
    }
  });

  it('changes nothing the second time', async () => {
    const before = await currentHead(pg.db);
    await ensureServices(testCtx(pg));
    expect((await currentHead(pg.db)).head).toBe(before.head);
  });

  it('keeps what administrators changed', async () => {
    await pg.db.update(carpoolServices).set({ baseUrl: 'https://mirror.example.com' }).where(eq(carpoolServices.id, 'claude'));
    await ensureServices(testCtx(pg));
    const [row] = await pg.db.select().from(carpoolServices).where(eq(carpoolServices.id, 'claude'));
    expect(row?.baseUrl).toBe('https://mirror.example.com');
  });

  it('takes newer prices over, and leaves those alone that are newer than its own', async () => {
    const { version } = readPriceList();
    const free = { price: { input: 0, output: 0 } };
    await pg.db.update(carpoolModels).set(free).where(eq(carpoolModels.model, 'claude-opus-5'));
    await pg.db.update(carpoolSeeds).set({ version: '2099-01-01' }).where(eq(carpoolSeeds.name, 'prices'));
    await ensureServices(testCtx(pg));
    expect(await priceOf('claude-opus-5')).toEqual(free.price);

    await pg.db.update(carpoolSeeds).set({ version: '2020-01-01' }).where(eq(carpoolSeeds.name, 'prices'));
    const before = await currentHead(pg.db);
    await ensureServices(testCtx(pg));
    expect(await priceOf('claude-opus-5')).toMatchObject({ input: 5_000_000, output: 25_000_000 });
    const [seed] = await pg.db.select().from(carpoolSeeds).where(eq(carpoolSeeds.name, 'prices'));
    expect(seed?.version).toBe(version);
    const { head } = await currentHead(pg.db);
    expect((await changesSince(pg.db, ['global'], before.head, head)).map(({ id }) => id).sort()).toEqual(['ampcode', 'claude']);
  });

  it('is not for people', async () => {
    await expect(ensureServices(await newPerson(pg, 'super_admin'))).rejects.toMatchObject({ status: 403 });
  });
});

async function priceOf(model: string) {
  const [row] = await pg.db.select().from(carpoolModels).where(eq(carpoolModels.model, model));
  return row?.price;
}
