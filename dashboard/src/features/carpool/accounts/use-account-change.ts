import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';
import { accountPath } from './account-place.ts';

interface Change {
  readonly account: UpstreamAccount;
  readonly method: 'PATCH' | 'DELETE';
  readonly body?: unknown;
}

/** Changes or removes an account, then reads the lists anew that hold it. */
export function useAccountChange(isOwn: boolean, onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ account, method, body }: Change) => api(method, accountPath(account, isOwn), body),
    onSuccess: () => onDone?.(),
    onSettled: () => refreshAccounts(client),
  });
}

export async function refreshAccounts(client: ReturnType<typeof useQueryClient>): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: ['groups'] }),
    client.invalidateQueries({ queryKey: ['own-accounts'] }),
  ]);
}
