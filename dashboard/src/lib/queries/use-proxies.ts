import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { api } from '../api.ts';

/** The outbound proxies of this installation; administrators only. */
export function useProxies() {
  return useQuery({
    queryKey: ['proxies'],
    queryFn: () => api<{ proxy_resources: ProxyView[] }>('GET', '/proxy-resources?limit=100'),
    refetchInterval: 30_000,
  });
}
