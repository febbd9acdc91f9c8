import { useQueries } from '@tanstack/react-query';
import { upstreamsQuery } from '../../lib/queries/use-groups.ts';

const mostGroups = 20;

/** Names of the accounts of some groups, by their ids. */
export function useAccountNames(groupIds: readonly string[]): ReadonlyMap<string, string> {
  const answers = useQueries({
    queries: groupIds.slice(0, mostGroups).map((id) => upstreamsQuery(id)),
  });
  const accounts = answers.flatMap(({ data }) => data?.upstream_accounts ?? []);
  return new Map(accounts.map(({ id, name }) => [id, name]));
}
