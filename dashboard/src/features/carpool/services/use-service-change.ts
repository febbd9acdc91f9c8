import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

/** One call about services, after which all of them are read anew. */
export function useServiceChange(method: 'POST' | 'PUT' | 'DELETE', path: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: unknown) => api(method, path, body),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['services'] });
      onDone();
    },
  });
}
