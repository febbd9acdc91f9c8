import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ApiError, api } from '../../lib/api.ts';

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: 'super_admin' | 'admin' | 'distributor' | 'group_manager' | 'group_member';
}

export const isAdmin = (me: Me) => me.role === 'super_admin' || me.role === 'admin';

/** Who is signed in; null when nobody is. */
export function useMe() {
  return useQuery({
    queryKey: ['me'],
    staleTime: 60_000,
    queryFn: async (): Promise<Me | null> => {
      try {
        const { user } = await api<{ user: Me }>('GET', '/auth/me');
        return user;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null;
        throw error;
      }
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return async () => {
    await api('POST', '/auth/logout').catch(() => undefined);
    client.clear();
    location.assign('/');
  };
}
