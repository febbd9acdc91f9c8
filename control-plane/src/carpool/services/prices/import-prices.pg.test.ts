import { type PriceImport, priceImport } from '@aicarpool/shared-protocol/console';
import { desc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, withServices } from '../../../../test/carpool-factories.ts';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import type { Ctx } from '../../../kernel/index.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import { carpoolModels } from '../../tables.ts';
import { getService } from '../read-services.ts';
import { importPrices } from './import-prices.ts';

let pg: TestPg;
let admin: Ctx;
beforeAll(async () => {
  pg = await freshDatabase();
  await withServices(pg);
  admin = await newPerson(pg, 'admin');
});
afterAll(() => pg.close());

const wish = (over: Record<string, unknown> = {}, list: Record<string, unknown> = {}): PriceImport =>
  priceImport.parse({
    price_list: {
      version: '2027-01-01',
      sources: { page: { name: 'a price page', date: '2027-01-01' } },
      models: [{ services: ['claude'], model: 'claude-next', source: 'page', usd_per_million: { input: 2, output: 8 } }],
      ...list,
    },
    ...over,
  });

const find = async (model: string) => (await pg.db.select().from(carpoolModels).where(eq(carpoolModels.model, model)))[0];

describe('importPrices', () => {
  it('says what would change, and changes nothing, unless told to', async () => {
    expect(await importPrices(admin, wish())).toMatchObject({ dry_run: true, added: ['claude/claude-next'] });
    expect(await find('claude-next')).toBeUndefined();
  });

  it('writes the prices with their source and date, and an audit row', async () => {
    expect(await importPrices(admin, wish({ dry_run: false }))).toMatchObject({ dry_run: false, added: ['claude/claude-next'] });
    expect(await find('claude-next')).toMatchObject({
      price: { input: 2_000_000, output: 8_000_000 },
      priceVersion: 'page 2027-01-01',
    });
    const service = await getService(admin, 'claude');
    expect(service.available_models.find((model) => model.model_name === 'claude-next')).toMatchObject({
      display_name: 'Claude Next',
      input_price_per_1k: 0.002,
      output_price_per_1k: 0.008,
    });
    const [row] = await pg.db.select().from(kernelAudit).orderBy(desc(kernelAudit.at)).limit(1);
    expect(row).toMatchObject({
      action: 'carpool.price.import',
      targetId: '2027-01-01',
      after: { added: ['claude/claude-next'] },
    });
  });

  it('refuses a file older than the prices in place', async () => {
    const older = wish({ dry_run: false }, { version: '2026-12-31' });
    await expect(importPrices(admin, older)).rejects.toMatchObject({ status: 409, code: 'older_price_list' });
  });

  it('refuses an entry whose source the file does not list', async () => {
    const unnamed = wish({}, { sources: {} });
    await expect(importPrices(admin, unnamed)).rejects.toMatchObject({ status: 400, code: 'unknown_source' });
  });

  it('is for administrators', async () => {
    for (const role of ['group_manager', 'group_member', 'distributor'] as const) {
      await expect(importPrices(await newPerson(pg, role), wish())).rejects.toMatchObject({ status: 403 });
    }
  });
});
