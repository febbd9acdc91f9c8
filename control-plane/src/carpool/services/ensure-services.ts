import type { PriceList } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../kernel/index.ts';
import { carpoolSeeds, carpoolServices } from '../tables.ts';
import { builtInServices, type ServiceDefinition } from './built-in-services.ts';
import { applyPriceList } from './prices/apply-price-list.ts';
import { isOlder } from './prices/import-prices.ts';
import { readPriceList } from './prices/read-price-list.ts';
import { rememberSeed } from './prices/remember-seed.ts';

/**
 * At every start: adds the services that this installation lacks, and the prices that this release carries when they
 * are newer. What administrators changed stays. Any number of replicas may run it at once.
 */
export async function ensureServices(ctx: Ctx): Promise<void> {
  allow(ctx, 'carpool.service.seed');
  const list = readPriceList();
  await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const added = await tx
      .insert(carpoolServices)
      .values(builtInServices.map((definition) => toServiceRow(definition, now)))
      .onConflictDoNothing()
      .returning({ id: carpoolServices.id });
    const [held] = await tx.select().from(carpoolSeeds).where(eq(carpoolSeeds.name, 'prices'));
    const isNewer = !held || isOlder(held.version, list.version);
    if (!isNewer && added.length === 0) return;
    const wanted = isNewer ? list : onlyOf(list, new Set(added.map(({ id }) => id)));
    const report = await applyPriceList(tx, ctx, wanted, { overwriteEdited: false, dryRun: false });
    if (isNewer) await rememberSeed(tx, 'prices', list.version, now);
    await audit(tx, ctx, {
      action: 'carpool.service.seed',
      target: { kind: 'price_list', id: list.version },
      after: { services: added.map(({ id }) => id), added: report.added.length, changed: report.changed.length },
    });
  });
}

export function toServiceRow(definition: ServiceDefinition, now: Date): typeof carpoolServices.$inferInsert {
  return {
    id: definition.id,
    displayName: definition.display_name,
    description: definition.description,
    baseUrl: definition.base_url,
    dialects: definition.dialects,
    credentialHeaders: definition.credential_headers,
    defaultHeaders: definition.default_headers,
    onClientGone: definition.on_client_gone,
    modelPatterns: definition.model_patterns,
    modelsPath: definition.models_path,
    usageInStreams: definition.usage_in_streams,
    createdAt: now,
    updatedAt: now,
  };
}

// A list that is older than the prices in place only fills services that were just added.
function onlyOf(list: PriceList, services: ReadonlySet<string>): PriceList {
  const models = list.models.map((entry) => ({ ...entry, services: entry.services.filter((id) => services.has(id)) }));
  return { ...list, models: models.filter((entry) => entry.services.length > 0) };
}
