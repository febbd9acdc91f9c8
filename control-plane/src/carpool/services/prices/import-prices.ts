import type { PriceImport, PriceImportReport } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, Conflict, type Ctx, Invalid, inTransaction } from '../../../kernel/index.ts';
import { carpoolSeeds } from '../../tables.ts';
import { applyPriceList } from './apply-price-list.ts';
import { rememberSeed } from './remember-seed.ts';

/** Takes over a newer price file. Prices set by hand stay unless `overwrite_edited`; an older file is refused (409). */
export async function importPrices(ctx: Ctx, input: PriceImport): Promise<PriceImportReport> {
  allow(ctx, 'carpool.price.import');
  const list = input.price_list;
  const unnamed = list.models.find((entry) => !(entry.source in list.sources));
  if (unnamed) throw new Invalid('unknown_source', `the entry of ${unnamed.model} names a source that the file does not list`);
  return await inTransaction(ctx, async (tx) => {
    const [held] = await tx.select().from(carpoolSeeds).where(eq(carpoolSeeds.name, 'prices')).for('update');
    if (held && isOlder(list.version, held.version)) {
      throw new Conflict('older_price_list', `prices of ${held.version} are in place; this file is of ${list.version}`);
    }
    const report = await applyPriceList(tx, ctx, list, { overwriteEdited: input.overwrite_edited, dryRun: input.dry_run });
    if (!input.dry_run) await rememberSeed(tx, 'prices', list.version, ctx.clock.now());
    await audit(tx, ctx, {
      action: 'carpool.price.import',
      target: { kind: 'price_list', id: list.version },
      after: { ...report, overwrite_edited: input.overwrite_edited },
    });
    return report;
  });
}

/** `2026-11-21.10` is newer than `2026-11-21.2`, which is newer than `2026-11-21`. */
export function isOlder(version: string, than: string): boolean {
  const [day = '', part = '0'] = version.split('.');
  const [thanDay = '', thanPart = '0'] = than.split('.');
  return day === thanDay ? Number(part) < Number(thanPart) : day < thanDay;
}
