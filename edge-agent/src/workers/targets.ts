import type { Target } from '../health/target.ts';
import type { GroupEntry } from '../snapshot/snapshot.ts';

type Found = Omit<Target, 'model'>;
const remembered = new WeakMap<GroupEntry, ReadonlyMap<string, Found>>();

/** An account of a group as it is to be asked; undefined: it has left the config. */
export function findTarget(group: GroupEntry, upstreamId: string, model: string): Target | undefined {
  let known = remembered.get(group);
  if (!known) {
    const all = group.services.flatMap((route) =>
      route.upstreams.map((upstream) => [upstream.id, { service: route.service, upstream, route }] as const),
    );
    known = new Map(all);
    remembered.set(group, known);
  }
  const found = known.get(upstreamId);
  return found && { ...found, model };
}
