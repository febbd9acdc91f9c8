import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

/** The outbound proxies of this installation; administrators only. */
export function useProxies(enabled = true) {
  return useQuery({
    queryKey: ['proxies'],
    enabled,
    queryFn: () => api<{ proxy_resources: ProxyView[] }>('GET', '/proxy-resources?limit=100'),
    refetchInterval: 30_000,
  });
}

interface Call {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

/** A call about proxies, after which all of them are read anew. */
export function useProxyCall(onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ method, path, body }: Call) => api(method, `/proxy-resources${path}`, body),
    onSuccess: () => onDone?.(),
    onSettled: () => client.invalidateQueries({ queryKey: ['proxies'] }),
  });
}
