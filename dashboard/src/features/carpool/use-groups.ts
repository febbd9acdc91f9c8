import type { GroupSummary } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

/** The groups of the reader; all groups for an administrator. */
export function useGroups() {
  return useQuery({
    queryKey: ['groups'],
    queryFn: () => api<{ groups: GroupSummary[] }>('GET', '/carpool/groups?limit=100'),
  });
}
