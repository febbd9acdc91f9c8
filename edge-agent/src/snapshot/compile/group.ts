import type {
  GroupResource,
  GroupService,
  ProxyResource,
  QuotaResource,
  UpstreamResource,
  UsageLimits,
} from '@aicarpool/shared-protocol';
import type { Contact } from '../contact.ts';
import type { Secrets } from '../secrets.ts';
import type { GroupEntry, LimitSet, ProxyEntry, ServiceRoute, UpstreamEntry } from '../snapshot.ts';
import { compileAliases } from './model-aliases.ts';
import { modelTest } from './model-names.ts';
import { type CompiledService, originOf } from './service.ts';

export interface GroupParts {
  readonly body: GroupResource;
  readonly upstreams: Iterable<UpstreamResource>;
  readonly proxies: Iterable<ProxyResource>;
  readonly quotas: Iterable<QuotaResource>;
  readonly findService: (id: string) => CompiledService | undefined;
  readonly secrets: Secrets;
  readonly contact: Contact;
}

/** A group with everything it refers to, ready to be routed by. A service that is not there is left out. */
export function compileGroup(parts: GroupParts): GroupEntry {
  const { body, contact } = parts;
  const services: ServiceRoute[] = [];
  const upstreams = [...parts.upstreams].sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
  for (const use of enabledServices(body.services)) {
    const service = parts.findService(use.service);
    if (service === undefined) continue;
    const route = compileRoute(use, service, upstreams, parts.secrets);
    services.push(route);
  }
  const validMs = body.config_valid_s === null ? Number.POSITIVE_INFINITY : body.config_valid_s * 1000;
  const usable = [...parts.proxies].filter(({ status }) => status === 'active');
  const proxies = new Map(usable.map((proxy) => [proxy.id, compileProxy(proxy, parts.secrets)]));
  return {
    id: body.id,
    name: body.name,
    status: body.status,
    failoverEnabled: body.failover_enabled,
    timeZone: body.time_zone,
    isStale: (nowMs) => validMs !== Number.POSITIVE_INFINITY && contact.ageMs(body.id, nowMs) > validMs,
    services,
    routing: body.routing,
    health: body.health,
    limits: compileLimits(body.limits),
    memberLimits: compileLimits(body.member_limits),
    deniedFeatures: new Set(body.denied_features),
    egress: body.egress,
    quotas: [...parts.quotas],
    findProxy: (id) => proxies.get(id),
  };
}

function compileLimits({ requests, tokens_per_minute, concurrency }: UsageLimits): LimitSet {
  return {
    requests: requests && { requests: requests.requests, windowMs: requests.window_s * 1000 },
    tokensPerMinute: tokens_per_minute,
    concurrency,
  };
}

function compileProxy(body: ProxyResource, secrets: Secrets): ProxyEntry {
  let opened: string | undefined;
  return {
    id: body.id,
    type: body.type,
    host: body.host,
    port: body.port,
    username: body.username,
    password: () => {
      if (body.password === null) return null;
      opened ??= secrets.open(body.group_id, body.id, body.password);
      return opened;
    },
    maxConcurrent: body.max_concurrent,
    location: body.location,
  };
}

function enabledServices(services: readonly GroupService[]): GroupService[] {
  return services.filter(({ enabled }) => enabled).sort((a, b) => a.priority - b.priority || (a.service < b.service ? -1 : 1));
}

function compileRoute(
  use: GroupService,
  service: CompiledService,
  upstreams: readonly UpstreamResource[],
  secrets: Secrets,
): ServiceRoute {
  const allowed = use.model_whitelist === null ? () => true : modelTest(use.model_whitelist);
  const denied = modelTest(use.model_blacklist);
  return {
    service: service.entry,
    priority: use.priority,
    weight: use.weight,
    allowsModel: (model) => allowed(model) && !denied(model),
    authMethod: use.auth_method,
    aliasOf: compileAliases(use.model_aliases),
    aliasNames: use.model_aliases.map(({ from }) => from).filter((name) => !name.includes('*')),
    proxyEnabled: use.proxy_enabled,
    upstreams: upstreams
      .filter((upstream) => upstream.service === use.service && upstream.status === 'active')
      .map((upstream) => compileUpstream(upstream, service, secrets)),
  };
}

function compileUpstream(body: UpstreamResource, service: CompiledService, secrets: Secrets): UpstreamEntry {
  let opened: string | undefined;
  return {
    id: body.id,
    name: body.name,
    serviceId: body.service,
    baseUrl: body.base_url === null ? service.baseUrl : originOf(body.base_url),
    authType: body.auth_type,
    credentialHeader: service.credentialHeaders[body.auth_type],
    secret: () => {
      opened ??= secrets.open(body.group_id, body.id, body.credential);
      return opened;
    },
    priority: body.priority,
    weight: body.weight,
    ownerId: body.owner_id,
    concurrency: body.concurrency,
    proxyId: body.proxy,
    expiresAtMs: body.expires_at === null ? null : Date.parse(body.expires_at),
  };
}
