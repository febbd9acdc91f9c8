import type { ServiceRoute, UpstreamEntry } from '../../../snapshot/snapshot.ts';
import type { Caller, Refused } from '../../exchange.ts';

const ampService = 'ampcode';

export interface AmpAccount {
  readonly ok: true;
  readonly route: ServiceRoute;
  readonly upstream: UpstreamEntry;
}

/** The account by which this caller reaches Amp's servers: the first that he may use and this node can open. */
export function findAmpAccount({ group, key }: Caller): AmpAccount | Refused {
  const route = group.services.find(({ service }) => service.id === ampService);
  if (!route || route.service.status === 'inactive') return notOffered;
  if (route.service.status === 'maintenance') return resting;
  const isOwn = route.authMethod === 'individual_keys';
  const upstream = route.upstreams.find(
    ({ ownerId, secret }) => (isOwn ? ownerId === key.userId : ownerId === null) && secret() !== undefined,
  );
  if (upstream) return { ok: true, route, upstream };
  return isOwn ? ownMissing : noneUsable;
}

const notOffered: Refused = {
  ok: false,
  refusal: {
    code: 'service_not_offered',
    message: 'this group has no Amp account: ask its manager to add the service "ampcode", or use a key of a group that has it',
  },
};
const resting: Refused = {
  ok: false,
  refusal: { code: 'upstream_none', message: 'the service "ampcode" is under maintenance; try again later' },
};
const ownMissing: Refused = {
  ok: false,
  refusal: { code: 'account_missing', message: 'bring your own Amp account first: add it to this group in the console' },
};
const noneUsable: Refused = {
  ok: false,
  refusal: { code: 'upstream_none', message: 'no Amp account of this group can be used from this node; its manager can see why' },
};
