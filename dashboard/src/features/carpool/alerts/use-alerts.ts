import type { Alert } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

export interface AlertPage {
  readonly alerts: Alert[];
  readonly pagination: { readonly total: number };
}

/** Alerts that the reader may see; `open`: those that nobody acknowledged and that still hold. */
export function useAlerts(query: { readonly groupId?: string; readonly open: boolean }) {
  const search = new URLSearchParams({ limit: '50' });
  if (query.groupId !== undefined) search.set('group_id', query.groupId);
  if (query.open) search.set('status', 'open');
  return useQuery({
    queryKey: ['alerts', query.groupId ?? 'all', query.open],
    queryFn: () => api<AlertPage>('GET', `/alerts?${search.toString()}`),
    refetchInterval: 30_000,
  });
}

export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api('POST', `/alerts/${id}/acknowledge`),
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts'] }),
  });
}
