import type { ProviderComparison } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';
import { groupServicesQuery, upstreamsQuery } from '../../../lib/queries/use-groups.ts';

export type ListedComparison = Omit<ProviderComparison, 'lines'>;

const pathOf = (groupId: string) => `/carpool/groups/${groupId}/provider-exports`;

export function useComparisons(groupId: string) {
  return useQuery({
    queryKey: ['comparisons', groupId],
    queryFn: () => api<{ comparisons: ListedComparison[] }>('GET', `${pathOf(groupId)}?limit=100`),
  });
}

export function useComparison(groupId: string, id: string) {
  return useQuery({
    queryKey: ['comparisons', groupId, id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => api<ProviderComparison>('GET', `${pathOf(groupId)}/${id}`),
  });
}

export interface ComparisonWish {
  readonly service_name: string;
  readonly upstream_id: string | null;
  readonly content: string;
}

export function useCompare(groupId: string, onDone: (made: ProviderComparison) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (wish: ComparisonWish) => api<ProviderComparison>('POST', pathOf(groupId), wish),
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: ['comparisons', groupId] }),
  });
}

/** What of a group an export can be about. */
export function useChoices(groupId: string) {
  const { data: services } = useQuery(groupServicesQuery(groupId));
  const { data: accounts } = useAccounts(groupId);
  return {
    services: services?.services.map(({ service_name }) => service_name) ?? [],
    accounts: accounts?.upstream_accounts ?? [],
  };
}

export function useAccounts(groupId: string) {
  return useQuery(upstreamsQuery(groupId));
}
