import { type Dialect, dialects, type ServiceResource } from '@aicarpool/shared-protocol';
import type { ServiceEntry } from '../snapshot.ts';
import { findByName, modelTest } from './model-names.ts';

/** A service, and what its upstreams inherit from it. */
export interface CompiledService {
  readonly entry: ServiceEntry;
  readonly baseUrl: string;
  readonly credentialHeaders: ServiceResource['credential_headers'];
}

export function compileService(body: ServiceResource): CompiledService {
  const byName = new Map(body.models.map((model) => [model.model, model]));
  const matches = modelTest(body.model_patterns);
  const pathPrefix = new Map<Dialect, string>();
  for (const dialect of dialects) {
    const prefix = body.dialects[dialect];
    if (prefix !== undefined) pathPrefix.set(dialect, prefix);
  }
  return {
    baseUrl: originOf(body.base_url),
    credentialHeaders: body.credential_headers,
    entry: {
      id: body.id,
      status: body.status,
      pathPrefix,
      vendor: body.vendor,
      modelsPath: body.models_path,
      usageInStreams: body.usage_in_streams,
      defaultHeaders: { ...body.default_headers },
      onClientGone: body.on_client_gone,
      knowsModel: (model) => byName.has(model) || matches(model),
      findModel: (model) => findByName(byName, model),
      models: body.models,
    },
  };
}

/** The provider that every node carries in itself, for the demo. */
const simulator = 'simulator://local';

/** The address that stands in front of native paths, without a slash at its end. Throws unless it is http(s). */
export function originOf(baseUrl: string): string {
  if (baseUrl === simulator) return baseUrl;
  const url = new URL(baseUrl);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error('base_url must begin with https:// or http://');
  if (url.username !== '' || url.password !== '') throw new Error('base_url may not hold a user name or password');
  if (url.search !== '' || url.hash !== '') throw new Error('base_url may not hold a query or a fragment');
  return baseUrl.replace(/\/{1,8}$/, '');
}
