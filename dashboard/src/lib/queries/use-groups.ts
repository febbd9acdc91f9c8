import type { GroupDetail, GroupServices, GroupSummary, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api } from '../api.ts';

/** The groups of the reader; all groups for an administrator. */
export function useGroups() {
  return useQuery({
    queryKey: ['groups'],
    queryFn: () => api<{ groups: GroupSummary[] }>('GET', '/carpool/groups?limit=100'),
  });
}

export const groupQuery = (groupId: string) =>
  queryOptions({
    queryKey: ['groups', groupId],
    queryFn: () => api<GroupDetail>('GET', `/carpool/groups/${groupId}`),
  });

/** How a group uses its services. */
export const groupServicesQuery = (groupId: string) =>
  queryOptions({
    queryKey: ['groups', groupId, 'services'],
    queryFn: () => api<GroupServices>('GET', `/carpool/groups/${groupId}/ai-services`),
  });

/** The provider accounts of a group; for its managers. */
export const upstreamsQuery = (groupId: string) =>
  queryOptions({
    queryKey: ['groups', groupId, 'upstreams'],
    queryFn: () => api<{ upstream_accounts: UpstreamAccount[] }>('GET', `/carpool/groups/${groupId}/upstream-accounts?limit=100`),
  });
