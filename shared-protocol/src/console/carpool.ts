import { oc } from '@orpc/contract';
import { z } from 'zod';
import { groupsContract } from './carpool/groups.ts';
import { keysContract } from './carpool/keys.ts';
import { proxiesContract } from './carpool/proxies.ts';
import { alertsContract, quotasContract } from './carpool/quotas.ts';
import { servicesContract } from './carpool/services.ts';
import { trafficContract } from './carpool/traffic.ts';
import { ownUpstreamsContract, upstreamsContract } from './carpool/upstreams.ts';
import { versionsContract } from './carpool/versions.ts';
import { ok } from './envelope.ts';

export * from './carpool/group-services.ts';
export * from './carpool/groups.ts';
export * from './carpool/health.ts';
export * from './carpool/keys.ts';
export * from './carpool/proxies.ts';
export * from './carpool/quotas.ts';
export * from './carpool/services.ts';
export * from './carpool/traffic.ts';
export * from './carpool/upstreams.ts';
export * from './carpool/versions.ts';

/** Services with their prices, groups, their provider accounts, and personal keys. Money is USD, times are UTC. */
export const carpoolContract = {
  services: servicesContract,
  groups: groupsContract,
  upstreams: upstreamsContract,
  ownUpstreams: ownUpstreamsContract,
  keys: keysContract,
  quotas: quotasContract,
  alerts: alertsContract,
  traffic: trafficContract,
  proxies: proxiesContract,
  versions: versionsContract,
  demo: {
    remove: oc
      .route({ method: 'DELETE', path: '/demo', summary: 'Remove the demo group, key, account and service', tags: ['Setup'] })
      .output(ok(z.object({ removed: z.boolean().describe('false: there was no demo') }))),
  },
};
