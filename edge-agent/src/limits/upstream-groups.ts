import type { Snapshot } from '../snapshot/snapshot.ts';

/** Says to which group an account belongs, by the config in use; looked through once for each config. */
export function upstreamGroups(
  snapshots: { pin(): Snapshot | undefined },
  groupIds: () => readonly string[],
): (upstreamId: string) => string | undefined {
  let of: Snapshot | undefined;
  let groups = new Map<string, string>();
  return (upstreamId) => {
    const snapshot = snapshots.pin();
    if (snapshot !== of) {
      of = snapshot;
      groups = new Map(groupIds().flatMap((id) => accountsOf(snapshot, id)));
    }
    return groups.get(upstreamId);
  };
}

function accountsOf(snapshot: Snapshot | undefined, groupId: string): [string, string][] {
  const services = snapshot?.findGroup(groupId)?.services ?? [];
  return services.flatMap(({ upstreams }) => upstreams.map(({ id }): [string, string] => [id, groupId]));
}
