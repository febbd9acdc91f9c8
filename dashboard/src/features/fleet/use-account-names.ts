import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useQueries } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

const mostGroups = 20;

/** Names of the accounts of some groups, by their ids. */
export function useAccountNames(groupIds: readonly string[]): ReadonlyMap<string, string> {
  const answers = useQueries({
    queries: groupIds.slice(0, mostGroups).map((id) => ({
      queryKey: ['groups', id, 'upstreams'],
      queryFn: () => api<{ upstream_accounts: UpstreamAccount[] }>('GET', `/carpool/groups/${id}/upstream-accounts?limit=100`),
    })),
  });
  const accounts = answers.flatMap(({ data }) => data?.upstream_accounts ?? []);
  return new Map(accounts.map(({ id, name }) => [id, name]));
}
