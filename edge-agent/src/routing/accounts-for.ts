import type { ServiceRoute, UpstreamEntry } from '../snapshot/snapshot.ts';

/** The accounts of a service that a member may use: his own where everybody brings one, else those of the group. */
export function accountsFor({ authMethod, upstreams }: ServiceRoute, userId: string): readonly UpstreamEntry[] {
  const ownerId = authMethod === 'individual_keys' ? userId : null;
  return upstreams.every((upstream) => upstream.ownerId === ownerId)
    ? upstreams
    : upstreams.filter((upstream) => upstream.ownerId === ownerId);
}
