import { and, eq, ne } from 'drizzle-orm';
import { allow, audit, Conflict, type Ctx, inTransaction, NotFound } from '../../kernel/index.ts';
import { carpoolGroupServices, carpoolServices, carpoolUpstreams } from '../tables.ts';
import { builtInServices } from './built-in-services.ts';
import { readService } from './read-services.ts';

/** Removes a service that was added and that no group and no account uses; others can be switched off. */
export async function removeService(ctx: Ctx, serviceId: string): Promise<{ id: string; deleted: true }> {
  allow(ctx, 'carpool.service.remove');
  return await inTransaction(ctx, async (tx) => {
    const [row] = await tx.select().from(carpoolServices).where(eq(carpoolServices.id, serviceId)).for('update');
    if (!row) throw new NotFound('service_unknown', `there is no service called ${serviceId}`);
    if (builtInServices.some(({ id }) => id === serviceId)) {
      throw new Conflict('service_built_in', 'a built-in service cannot be removed; set its status to inactive');
    }
    const [use] = await tx.select().from(carpoolGroupServices).where(eq(carpoolGroupServices.serviceId, serviceId)).limit(1);
    const living = and(eq(carpoolUpstreams.serviceId, serviceId), ne(carpoolUpstreams.status, 'deleted'));
    const [account] = await tx.select({ id: carpoolUpstreams.id }).from(carpoolUpstreams).where(living).limit(1);
    if (use || account) throw new Conflict('service_in_use', 'groups or accounts use this service; set its status to inactive');
    const before = await readService(tx, serviceId, true);
    await tx.delete(carpoolServices).where(eq(carpoolServices.id, serviceId));
    await audit(tx, ctx, { action: 'carpool.service.remove', target: { kind: 'service', id: serviceId }, before });
    return { id: serviceId, deleted: true };
  });
}
