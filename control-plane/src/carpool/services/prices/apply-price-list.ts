import type { PriceImportReport, PriceList } from '@aicarpool/shared-protocol/console';
import { sql } from 'drizzle-orm';
import type { Ctx, Db } from '../../../kernel/index.ts';
import { carpoolModels, carpoolServices } from '../../tables.ts';
import { planImport } from './plan-import.ts';

const atOnce = 200;

/** Writes a price list into the tables, within the caller's transaction; gives what changed. A dry run only looks. */
export async function applyPriceList(
  tx: Db,
  ctx: Pick<Ctx, 'clock'>,
  list: PriceList,
  options: { readonly overwriteEdited: boolean; readonly dryRun: boolean },
): Promise<PriceImportReport> {
  const services = await tx.select({ id: carpoolServices.id }).from(carpoolServices);
  const stored = await tx.select().from(carpoolModels);
  const plan = planImport(list, stored, new Set(services.map(({ id }) => id)), options.overwriteEdited);
  if (!options.dryRun) {
    const updatedAt = ctx.clock.now();
    for (let at = 0; at < plan.upserts.length; at += atOnce) {
      await tx
        .insert(carpoolModels)
        .values(plan.upserts.slice(at, at + atOnce).map((model) => ({ ...model, updatedAt })))
        .onConflictDoUpdate({
          target: [carpoolModels.serviceId, carpoolModels.model],
          set: {
            displayName: sql`excluded.display_name`,
            contextLength: sql`excluded.context_length`,
            maxOutputTokens: sql`excluded.max_output_tokens`,
            features: sql`excluded.features`,
            price: sql`excluded.price`,
            priceVersion: sql`excluded.price_version`,
            priceOrigin: sql`excluded.price_origin`,
            updatedAt,
          },
        });
    }
  }
  return { ...plan.report, dry_run: options.dryRun };
}
