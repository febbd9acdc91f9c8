import type { FleetNode, FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import { useQueries, useQuery } from '@tanstack/react-query';
import { api } from '../api.ts';

const mostAsked = 20;

export function useNodes(everyMs = 5_000) {
  return useQuery({
    queryKey: ['nodes'],
    refetchInterval: everyMs,
    queryFn: () => api<{ nodes: FleetNode[] }>('GET', '/admin/edge-nodes?limit=100'),
  });
}

const detailQuery = (nodeId: string) => ({
  queryKey: ['nodes', nodeId],
  refetchInterval: 30_000,
  queryFn: () => api<FleetNodeDetail>('GET', `/admin/edge-nodes/${nodeId}`),
});

export function useNode(nodeId: string) {
  return useQuery(detailQuery(nodeId));
}

/** What the first nodes that are up say in full; administrators only. */
export function useNodeDetails(enabled: boolean): FleetNodeDetail[] {
  const { data } = useQuery({
    queryKey: ['nodes'],
    enabled,
    queryFn: () => api<{ nodes: FleetNode[] }>('GET', '/admin/edge-nodes?limit=100'),
  });
  const up = (data?.nodes ?? []).filter(({ status }) => status === 'active').slice(0, mostAsked);
  const answers = useQueries({ queries: enabled ? up.map(({ node_id }) => detailQuery(node_id)) : [] });
  return answers.flatMap((answer) => answer.data ?? []);
}
