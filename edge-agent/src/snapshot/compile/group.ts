import type { Dialect, GroupResource, GroupService, UpstreamResource } from '@aicarpool/shared-protocol';
import type { Contact } from '../contact.ts';
import type { Secrets } from '../secrets.ts';
import type { GroupEntry, ServiceRoute, UpstreamEntry } from '../snapshot.ts';
import { modelTest } from './model-names.ts';
import { type CompiledService, originOf } from './service.ts';

export interface GroupParts {
  readonly body: GroupResource;
  readonly upstreams: Iterable<UpstreamResource>;
  readonly findService: (id: string) => CompiledService | undefined;
  readonly secrets: Secrets;
  readonly contact: Contact;
}

/** A group with everything it refers to, ready to be routed by. A service that is not there is left out. */
export function compileGroup(parts: GroupParts): GroupEntry {
  const { body, contact } = parts;
  const routes = new Map<Dialect, ServiceRoute[]>();
  const upstreams = [...parts.upstreams].sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
  for (const use of enabledServices(body.services)) {
    const service = parts.findService(use.service);
    if (service === undefined) continue;
    const route = compileRoute(use, service, upstreams, parts.secrets);
    for (const dialect of service.entry.pathPrefix.keys()) {
      const list = routes.get(dialect);
      if (list) list.push(route);
      else routes.set(dialect, [route]);
    }
  }
  const validMs = body.config_valid_s === null ? Number.POSITIVE_INFINITY : body.config_valid_s * 1000;
  return {
    id: body.id,
    name: body.name,
    status: body.status,
    failoverEnabled: body.failover_enabled,
    isStale: (nowMs) => validMs !== Number.POSITIVE_INFINITY && contact.ageMs(body.id, nowMs) > validMs,
    routes,
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
    credentialHeader: service.credentialHeaders[body.auth_type],
    secret: () => {
      opened ??= secrets.open(body.group_id, body.id, body.credential);
      return opened;
    },
    priority: body.priority,
    weight: body.weight,
  };
}
