import type { AiService } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../lib/api.ts';

/** Every service of this installation; its addresses for administrators only. */
export function useServices() {
  return useQuery({ queryKey: ['services'], queryFn: () => api<AiService[]>('GET', '/ai-services') });
}
