import type { Quota, QuotaChangeEntry, QuotaTrend, UnpricedUse, UserQuota } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

const refetchInterval = 10_000;

/** The quotas of a group and how they stand. */
export function useQuotas(groupId: string) {
  return useQuery({
    queryKey: ['groups', groupId, 'quotas'],
    queryFn: () =>
      api<{ quotas: Quota[]; unpriced: UnpricedUse[]; time_zone: string }>('GET', `/carpool/groups/${groupId}/quotas?limit=100`),
    refetchInterval,
  });
}

export interface QuotaCall {
  readonly method: 'POST' | 'PATCH' | 'DELETE';
  /** Below `/quotas`. */
  readonly path: string;
  readonly body?: unknown;
}

/** Changes quotas of a group, one call after the other; the first that is refused ends it. */
export function useQuotaCalls(groupId: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (calls: readonly QuotaCall[]) => {
      const warnings: string[] = [];
      for (const { method, path, body } of calls) {
        const answer = await api<{ warnings?: string[] }>(method, `/carpool/groups/${groupId}/quotas${path}`, body);
        warnings.push(...(answer.warnings ?? []));
      }
      return warnings;
    },
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: ['groups', groupId] }),
  });
}

export function useQuotaHistory(groupId: string, quotaId: string | undefined) {
  const only = quotaId === undefined ? '' : `&quota_id=${quotaId}`;
  return useQuery({
    queryKey: ['groups', groupId, 'quotas', 'history', quotaId ?? 'all'],
    queryFn: () => api<{ changes: QuotaChangeEntry[] }>('GET', `/carpool/groups/${groupId}/quotas/history?limit=50${only}`),
  });
}

export function useQuotaTrend(groupId: string, quotaId: string) {
  return useQuery({
    queryKey: ['groups', groupId, 'quotas', 'trend', quotaId],
    queryFn: () => api<QuotaTrend>('GET', `/carpool/groups/${groupId}/quotas/${quotaId}/trend`),
  });
}

/** What the reader himself may still use. */
export function useMyQuota() {
  return useQuery({ queryKey: ['my-quota'], queryFn: () => api<UserQuota>('GET', '/user/quota'), refetchInterval });
}
