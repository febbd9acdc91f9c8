import { carpoolContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok } from '../kernel/index.ts';
import { removeDemo } from './demo/remove-demo.ts';
import { groupRoutes } from './groups/routes.ts';
import { keyRoutes } from './keys/routes.ts';
import { type CarpoolPorts, silentPorts } from './ports.ts';
import { locateAddress } from './proxies/check/locate-address.ts';
import { proxyRoutes } from './proxies/routes.ts';
import { alertRoutes, quotaRoutes } from './quotas/routes.ts';
import { serviceRoutes } from './services/routes.ts';
import { trafficRoutes } from './traffic/routes.ts';
import type { AddressPolicy } from './upstreams/base-url.ts';
import { ownUpstreamRoutes, upstreamRoutes } from './upstreams/routes.ts';
import { versionRoutes } from './versions/routes.ts';

const os = implement(carpoolContract).$context<{ ctx: Ctx }>();

/** The routes of carpool, over the addresses that upstreams may have here. */
export function carpoolRouterOver(policy: AddressPolicy, ports: CarpoolPorts = silentPorts) {
  return os.router({
    services: serviceRoutes(policy),
    groups: groupRoutes(ports),
    upstreams: upstreamRoutes(policy, ports),
    ownUpstreams: ownUpstreamRoutes(ports),
    keys: keyRoutes(ports),
    quotas: quotaRoutes(ports),
    alerts: alertRoutes,
    traffic: trafficRoutes,
    proxies: proxyRoutes({ policy, locate: locateAddress, tryProxy: ports.tryProxy }),
    versions: versionRoutes(policy),
    demo: { remove: os.demo.remove.handler(async ({ context }) => ok({ removed: await removeDemo(context.ctx) })) },
  });
}
