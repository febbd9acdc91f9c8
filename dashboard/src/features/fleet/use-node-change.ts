import type { NodeLossView, RolloutView } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

/** Anything that is done to a node. */
export function useNodeChange<T>(nodeId: string, method: 'PATCH' | 'POST' | 'DELETE', path = '') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body?: unknown) => api<T>(method, `/admin/edge-nodes/${nodeId}${path}`, body),
    onSettled: () =>
      Promise.all(['nodes', 'node-books', 'rollouts'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  });
}

export function useNodeLoss(nodeId: string) {
  return useQuery({
    queryKey: ['node-books', nodeId],
    refetchInterval: 10_000,
    queryFn: () => api<NodeLossView>('GET', `/admin/edge-nodes/${nodeId}/books`),
  });
}

export function useRollouts() {
  return useQuery({
    queryKey: ['rollouts'],
    refetchInterval: 10_000,
    queryFn: () => api<{ rollouts: RolloutView[] }>('GET', '/admin/rollouts'),
  });
}
