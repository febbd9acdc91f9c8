import { useQueries } from '@tanstack/react-query';
import { groupServicesQuery, useGroups } from '../../../lib/queries/use-groups.ts';
import type { AccountPlace } from './account-place.ts';

const mostGroups = 20;

/** Services for which the reader brings his own account, over the groups that he is in. */
export function useOwnPlaces(): AccountPlace[] {
  const { data } = useGroups();
  const mine = (data?.groups ?? []).filter(({ role, status }) => role !== null && status !== 'closed').slice(0, mostGroups);
  const answers = useQueries({
    queries: mine.map(({ id }) => groupServicesQuery(id)),
  });
  return mine.flatMap((group, at) => {
    const services = answers[at]?.data?.services ?? [];
    const own = services.filter(({ enabled, auth_method }) => enabled && auth_method === 'individual_keys');
    return own.map(({ service_name }) => ({ groupId: group.id, groupName: group.name, service: service_name }));
  });
}
