import type { FixedCost, Statement } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

export interface MonthListed {
  readonly month: string;
  readonly status: Statement['status'];
  readonly total_usd: number | null;
}

const keyOf = (groupId: string | undefined) => ['statements', groupId] as const;

export function useMonths(groupId: string | undefined) {
  return useQuery({
    queryKey: [...keyOf(groupId), 'months'],
    enabled: groupId !== undefined,
    queryFn: () => api<{ statements: MonthListed[] }>('GET', `/carpool/groups/${groupId}/statements?limit=100`),
  });
}

export function useStatement(groupId: string | undefined, month: string | undefined) {
  return useQuery({
    queryKey: [...keyOf(groupId), month],
    enabled: groupId !== undefined && month !== undefined,
    queryFn: () => api<Statement>('GET', `/carpool/groups/${groupId}/statements/${month}`),
  });
}

export function useFixedCosts(groupId: string) {
  return useQuery({
    queryKey: [...keyOf(groupId), 'fixed'],
    queryFn: () => api<{ fixed_costs: FixedCost[] }>('GET', `/carpool/groups/${groupId}/fixed-costs`),
  });
}

/** A change of anything that statements are made of. */
export function useChange(groupId: string, method: 'PUT' | 'POST', path: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: unknown) => api(method, `/carpool/groups/${groupId}/${path}`, body),
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: keyOf(groupId) }),
  });
}
