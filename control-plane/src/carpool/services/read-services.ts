import type { AiService } from '@aicarpool/shared-protocol/console';
import { asc, eq } from 'drizzle-orm';
import { allow, type Ctx, type Db, isAllowed, NotFound } from '../../kernel/index.ts';
import { carpoolModels, carpoolServices } from '../tables.ts';
import { toServiceView } from './service-view.ts';

/** Every service with its models and prices, by name. */
export async function listServices(ctx: Ctx): Promise<AiService[]> {
  allow(ctx, 'carpool.service.read');
  const services = await ctx.db.select().from(carpoolServices).orderBy(asc(carpoolServices.id));
  const models = Map.groupBy(
    await ctx.db.select().from(carpoolModels).orderBy(asc(carpoolModels.model)),
    (model) => model.serviceId,
  );
  const isAdmin = isAllowed(ctx.actor, 'carpool.service.update');
  return services.map((service) => toServiceView(service, models.get(service.id) ?? [], isAdmin));
}

/** One service; 404 `service_unknown`. */
export async function getService(ctx: Ctx, serviceId: string): Promise<AiService> {
  allow(ctx, 'carpool.service.read');
  return await readService(ctx.db, serviceId, isAllowed(ctx.actor, 'carpool.service.update'));
}

export async function readService(db: Db, serviceId: string, isAdmin: boolean): Promise<AiService> {
  const [service] = await db.select().from(carpoolServices).where(eq(carpoolServices.id, serviceId));
  if (!service) throw new NotFound('service_unknown', `there is no service called ${serviceId}`);
  const models = await db
    .select()
    .from(carpoolModels)
    .where(eq(carpoolModels.serviceId, serviceId))
    .orderBy(asc(carpoolModels.model));
  return toServiceView(service, models, isAdmin);
}
