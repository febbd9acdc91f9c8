import type { ConfigDone, ConfigPlan, ConfigVersion, GroupConfig } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

const path = (groupId: string) => `/carpool/groups/${groupId}`;

export function useVersions(groupId: string) {
  return useQuery({
    queryKey: ['groups', groupId, 'versions'],
    queryFn: () => api<{ versions: ConfigVersion[] }>('GET', `${path(groupId)}/config-versions?limit=100`),
  });
}

/** What restoring a version would change. */
export function usePlan(groupId: string, version: number) {
  return useQuery({
    queryKey: ['groups', groupId, 'versions', version],
    staleTime: 0,
    queryFn: () => api<ConfigPlan>('GET', `${path(groupId)}/config-versions/${version}/changes`),
  });
}

export function useRestore(groupId: string, version: number, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (expected: number) =>
      api<ConfigDone>('POST', `${path(groupId)}/config-versions/${version}/restore`, { expected_version: expected }),
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: ['groups'] }),
  });
}

export interface ImportWish {
  readonly config: GroupConfig;
  readonly dry_run: boolean;
  readonly expected_version?: number;
}

export function useImport(groupId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wish: ImportWish) => api<ConfigDone>('PUT', `${path(groupId)}/config`, wish),
    onSuccess: (done) => (done.applied ? client.invalidateQueries({ queryKey: ['groups'] }) : undefined),
  });
}
