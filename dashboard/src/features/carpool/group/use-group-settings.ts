import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

/** One of the settings of a group that have an address of their own: read once, saved with PUT. */
export function useGroupSettings<T>(groupId: string, name: string) {
  const client = useQueryClient();
  const path = `/carpool/groups/${groupId}/${name}`;
  const queryKey = ['groups', groupId, name];
  const settings = useQuery({ queryKey, queryFn: () => api<T>('GET', path) });
  const save = useMutation({
    mutationFn: (body: unknown) => api<T>('PUT', path, body),
    onSuccess: (data) => client.setQueryData(queryKey, data),
  });
  return { settings, save };
}
