import type { DeploymentConfig } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

/** The outbound proxies that an account of a group may leave through; none where there is no group. */
export function useProxyChoices(groupId: string | undefined): DeploymentConfig['available_proxies'] {
  const { data } = useQuery({
    queryKey: ['groups', groupId, 'deployment'],
    enabled: groupId !== undefined,
    queryFn: () => api<DeploymentConfig>('GET', `/groups/${groupId}/deployment-config`),
  });
  return data?.available_proxies ?? [];
}
