import type { AiService, NewService } from '@aicarpool/shared-protocol/console';
import { allow, audit, Conflict, type Ctx, inTransaction } from '../../kernel/index.ts';
import { carpoolServices } from '../tables.ts';
import { type AddressPolicy, checkBaseUrl } from '../upstreams/base-url.ts';
import { readService } from './read-services.ts';
import { serviceKinds } from './service-kinds.ts';

/** Adds a provider of a known kind under a name of its own. 409 `service_exists` when the name is taken. */
export async function createService(ctx: Ctx, policy: AddressPolicy, input: NewService): Promise<AiService> {
  allow(ctx, 'carpool.service.create');
  const baseUrl = await checkBaseUrl(policy, input.service_name, input.base_url);
  const kind = serviceKinds[input.kind];
  return await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const added = await tx
      .insert(carpoolServices)
      .values({
        id: input.service_name,
        displayName: input.display_name ?? input.service_name,
        description: input.description,
        baseUrl,
        dialects: kind.dialects,
        credentialHeaders: kind.credential_headers,
        defaultHeaders: kind.default_headers,
        onClientGone: kind.on_client_gone,
        modelPatterns: input.model_patterns,
        vendor: kind.vendor,
        modelsPath: kind.models_path,
        usageInStreams: kind.usage_in_streams,
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing()
      .returning({ id: carpoolServices.id });
    if (added.length === 0) throw new Conflict('service_exists', `there is a service called ${input.service_name} already`);
    const after = await readService(tx, input.service_name, true);
    await audit(tx, ctx, { action: 'carpool.service.create', target: { kind: 'service', id: input.service_name }, after });
    return after;
  });
}
