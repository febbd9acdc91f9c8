import type { AiService } from '@aicarpool/shared-protocol/console';
import type { carpoolModels, carpoolServices } from '../tables.ts';

type ServiceRow = typeof carpoolServices.$inferSelect;
type ModelRow = typeof carpoolModels.$inferSelect;

/** What a caller sees of a service. Addresses and headers may name internal machines, so administrators alone see them. */
export function toServiceView(service: ServiceRow, models: readonly ModelRow[], isAdmin: boolean): AiService {
  return {
    id: service.id,
    service_name: service.id,
    display_name: service.displayName,
    description: service.description,
    status: service.status,
    supports_streaming: true,
    supports_tools: service.supportsTools,
    supports_vision: service.supportsVision,
    dialects: service.dialects,
    credential_headers: service.credentialHeaders,
    on_client_gone: service.onClientGone,
    model_patterns: service.modelPatterns,
    vendor: service.vendor,
    models_path: service.modelsPath,
    usage_in_streams: service.usageInStreams,
    sign_in: signInsOf(service),
    ...(isAdmin ? { base_url: service.baseUrl, default_headers: service.defaultHeaders, oauth: oauthViewOf(service) } : {}),
    available_models: models.map(toModelView),
  };
}

/** The ways in which somebody can sign in to an account of the service. */
export function signInsOf({ oauth }: Pick<ServiceRow, 'oauth'>): AiService['sign_in'] {
  if (!oauth) return [];
  return [
    ...(oauth.authorizationUrl !== null && oauth.redirectUrl !== null ? ['code' as const] : []),
    ...(oauth.deviceUrl !== null ? ['device' as const] : []),
  ];
}

function oauthViewOf({ oauth, oauthClientSecret }: ServiceRow): AiService['oauth'] {
  if (!oauth) return null;
  return {
    client_id: oauth.clientId,
    token_url: oauth.tokenUrl,
    authorization_url: oauth.authorizationUrl,
    redirect_url: oauth.redirectUrl,
    device_url: oauth.deviceUrl,
    scopes: [...oauth.scopes],
    has_client_secret: oauthClientSecret !== null,
  };
}

function toModelView(model: ModelRow): AiService['available_models'][number] {
  return {
    model_name: model.model,
    display_name: model.displayName,
    context_length: model.contextLength,
    max_output_tokens: model.maxOutputTokens,
    supports_tools: model.supportsTools,
    supports_vision: model.supportsVision,
    features: model.features,
    input_price_per_1k: usdPer1k(model.price?.input),
    output_price_per_1k: usdPer1k(model.price?.output),
    price: model.price,
    price_version: model.priceVersion,
    price_origin: model.priceOrigin,
  };
}

// 1 pico-USD a token is 1e-9 USD per thousand tokens; written as text, so that no digit is lost.
function usdPer1k(picoUsdPerToken: number | undefined): number | null {
  return picoUsdPerToken === undefined ? null : Number(`${picoUsdPerToken}e-9`);
}
