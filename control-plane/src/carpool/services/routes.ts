import { servicesContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok } from '../../kernel/index.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { createService } from './create-service.ts';
import { importPrices } from './prices/import-prices.ts';
import { getService, listServices } from './read-services.ts';
import { removeService } from './remove-service.ts';
import { updateService } from './update-service.ts';

const os = implement(servicesContract).$context<{ ctx: Ctx }>();

export function serviceRoutes(policy: AddressPolicy) {
  return os.router({
    list: os.list.handler(async ({ context }) => ok(await listServices(context.ctx))),
    get: os.get.handler(async ({ context, input }) => ok(await getService(context.ctx, input.service_id))),
    update: os.update.handler(async ({ context, input }) =>
      ok(await updateService(context.ctx, policy, input.params.service_id, input.body)),
    ),
    create: os.create.handler(async ({ context, input }) => ok(await createService(context.ctx, policy, input))),
    remove: os.remove.handler(async ({ context, input }) => ok(await removeService(context.ctx, input.service_id))),
    importPrices: os.importPrices.handler(async ({ context, input }) => ok(await importPrices(context.ctx, input))),
  });
}
