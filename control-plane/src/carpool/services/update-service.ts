import type { AiService, ServiceChange } from '@aicarpool/shared-protocol/console';
import { and, eq, inArray } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction, NotFound, type Tx } from '../../kernel/index.ts';
import { checkOAuthSettings, oauthColumns } from '../oauth/settings.ts';
import { carpoolModels, carpoolServices } from '../tables.ts';
import { type AddressPolicy, checkBaseUrl } from '../upstreams/base-url.ts';
import { displayNameOf } from './display-name.ts';
import { readService } from './read-services.ts';
import { checkDefaultHeaders, priceOfChange } from './service-rules.ts';

/** Changes a service; what is not named stays. A price set here is kept by later imports. 404 `service_unknown`. */
export async function updateService(
  ctx: Ctx,
  policy: AddressPolicy,
  serviceId: string,
  change: ServiceChange,
): Promise<AiService> {
  allow(ctx, 'carpool.service.update');
  if (change.default_headers) checkDefaultHeaders(change.default_headers);
  const oauth = change.oauth && (await checkOAuthSettings(policy, change.oauth));
  const baseUrl = change.base_url === undefined ? undefined : await checkBaseUrl(policy, serviceId, change.base_url);
  return await inTransaction(ctx, async (tx) => {
    const [row] = await tx.select().from(carpoolServices).where(eq(carpoolServices.id, serviceId)).for('update');
    if (!row) throw new NotFound('service_unknown', `there is no service called ${serviceId}`);
    const before = await readService(tx, serviceId, true);
    await tx
      .update(carpoolServices)
      .set({
        ...columnsOf(change),
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...oauthColumns(ctx, serviceId, change, oauth),
        updatedAt: ctx.clock.now(),
      })
      .where(eq(carpoolServices.id, serviceId));
    await removeModels(tx, serviceId, change.remove_models ?? []);
    for (const model of change.available_models ?? []) await upsertModel(tx, ctx, serviceId, model);
    const after = await readService(tx, serviceId, true);
    await audit(tx, ctx, {
      action: 'carpool.service.update',
      target: { kind: 'service', id: serviceId },
      before: { ...before, available_models: modelsNamed(before, change) },
      after: { ...after, available_models: modelsNamed(after, change) },
    });
    return after;
  });
}

function columnsOf(change: ServiceChange): Partial<typeof carpoolServices.$inferInsert> {
  return {
    ...(change.display_name === undefined ? {} : { displayName: change.display_name }),
    ...(change.description === undefined ? {} : { description: change.description }),
    ...(change.status === undefined ? {} : { status: change.status }),
    ...(change.on_client_gone === undefined ? {} : { onClientGone: change.on_client_gone }),
    ...(change.model_patterns === undefined ? {} : { modelPatterns: change.model_patterns }),
    ...(change.default_headers === undefined ? {} : { defaultHeaders: change.default_headers }),
    ...(change.vendor === undefined ? {} : { vendor: change.vendor }),
    ...(change.models_path === undefined ? {} : { modelsPath: change.models_path }),
    ...(change.usage_in_streams === undefined ? {} : { usageInStreams: change.usage_in_streams }),
  };
}

async function removeModels(tx: Tx, serviceId: string, models: readonly string[]): Promise<void> {
  if (models.length === 0) return;
  await tx.delete(carpoolModels).where(and(eq(carpoolModels.serviceId, serviceId), inArray(carpoolModels.model, [...models])));
}

async function upsertModel(
  tx: Tx,
  ctx: Ctx,
  serviceId: string,
  change: NonNullable<ServiceChange['available_models']>[number],
): Promise<void> {
  const updatedAt = ctx.clock.now();
  const price = priceOfChange(change);
  const priced =
    price === undefined
      ? {}
      : { price, priceOrigin: 'admin' as const, priceVersion: `set by hand ${updatedAt.toISOString().slice(0, 10)}` };
  const named = {
    ...(change.display_name === undefined ? {} : { displayName: change.display_name }),
    ...(change.context_length === undefined ? {} : { contextLength: change.context_length }),
    ...(change.max_output_tokens === undefined ? {} : { maxOutputTokens: change.max_output_tokens }),
    ...(change.supports_tools === undefined ? {} : { supportsTools: change.supports_tools }),
    ...(change.supports_vision === undefined ? {} : { supportsVision: change.supports_vision }),
    ...(change.features === undefined ? {} : { features: change.features }),
    ...priced,
    updatedAt,
  };
  const fresh = { serviceId, model: change.model_name, displayName: displayNameOf(change.model_name), priceVersion: 'unpriced' };
  await tx
    .insert(carpoolModels)
    .values({ ...fresh, priceOrigin: 'admin', ...named })
    .onConflictDoUpdate({ target: [carpoolModels.serviceId, carpoolModels.model], set: named });
}

// The audit row names what the change names, not two thousand models.
function modelsNamed(view: AiService, change: ServiceChange): AiService['available_models'] {
  const named = new Set([...(change.available_models ?? []).map((model) => model.model_name), ...(change.remove_models ?? [])]);
  return view.available_models.filter((model) => named.has(model.model_name));
}
