import { carpoolContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok } from '../kernel/index.ts';
import { removeDemo } from './demo/remove-demo.ts';
import { groupRoutes } from './groups/routes.ts';
import { keyRoutes } from './keys/routes.ts';
import { serviceRoutes } from './services/routes.ts';
import type { AddressPolicy } from './upstreams/base-url.ts';
import { upstreamRoutes } from './upstreams/routes.ts';

const os = implement(carpoolContract).$context<{ ctx: Ctx }>();

/** The routes of carpool, over the addresses that upstreams may have here. */
export function carpoolRouterOver(policy: AddressPolicy) {
  return os.router({
    services: serviceRoutes(policy),
    groups: groupRoutes,
    upstreams: upstreamRoutes(policy),
    keys: keyRoutes,
    demo: { remove: os.demo.remove.handler(async ({ context }) => ok({ removed: await removeDemo(context.ctx) })) },
  });
}
