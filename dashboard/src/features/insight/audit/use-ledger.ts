import type { AuditedBookDetail, GroupLedgerAudit, LedgerAudit } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

const key = ['ledger'];
const pageSize = 100;

/** More often while rows are being read again. */
export function useLedger(page: number) {
  return useQuery({
    queryKey: [...key, 'all', page],
    refetchInterval: ({ state }) => (state.data?.reading ? 5_000 : 60_000),
    queryFn: () => api<LedgerAudit>('GET', `/admin/ledger-audit?limit=${pageSize}&page=${page}`),
  });
}

export function useBook(id: string) {
  return useQuery({
    queryKey: [...key, 'book', id],
    refetchInterval: 10_000,
    queryFn: () => api<AuditedBookDetail>('GET', `/admin/ledger-audit/books/${id}`),
  });
}

export function useGroupLedger(groupId: string) {
  return useQuery({
    queryKey: [...key, 'group', groupId],
    refetchInterval: 60_000,
    queryFn: () => api<GroupLedgerAudit>('GET', `/carpool/groups/${groupId}/ledger-audit`),
  });
}

/** Asks the invariants now and has the nodes read their rows again. */
export function useCheck() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api<{ asked: number; violations: number }>('POST', '/admin/ledger-audit/check'),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}
