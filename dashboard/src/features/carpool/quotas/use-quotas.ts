import type {
  ChangedQuota,
  Quota,
  QuotaChangeEntry,
  QuotaTrend,
  QuotaWarning,
  UnpricedUse,
  UserQuota,
} from '@aicarpool/shared-protocol/console';
import { skipToken, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';
import { mergeWarnings } from './quota-warnings.ts';

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

/** Changes quotas of a group, one call after the other; the first that is refused ends it. Its warnings are kept. */
export function useQuotaCalls(groupId: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (calls: readonly QuotaCall[]) => {
      let warnings: readonly QuotaWarning[] = [];
      try {
        for (const { method, path, body } of calls) {
          const answer = await api<ChangedQuota>(method, `/carpool/groups/${groupId}/quotas${path}`, body);
          warnings = mergeWarnings(warnings, answer.id, answer.warning_codes ?? []);
        }
      } finally {
        client.setQueryData(warningsOf(groupId), warnings);
      }
    },
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: ['groups', groupId] }),
  });
}

const warningsOf = (groupId: string) => ['quota-warnings', groupId] as const;

/** What the last change of quotas made that may not be meant; kept where a dialog that closed can leave it. */
export function useQuotaWarnings(groupId: string) {
  const client = useQueryClient();
  const { data } = useQuery<readonly QuotaWarning[]>({ queryKey: warningsOf(groupId), queryFn: skipToken });
  return { warnings: data ?? [], forget: () => client.setQueryData(warningsOf(groupId), []) };
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
