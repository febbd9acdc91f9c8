import type { statsReport } from '@aicarpool/shared-protocol/console';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { api } from '../../lib/api.ts';

export type StatsReport = z.infer<typeof statsReport>;
export type Range = '24h' | '7d' | '30d';

const days: Record<Range, number> = { '24h': 1, '7d': 7, '30d': 30 };

function question(range: Range, fresh: boolean, nowMs: number): string {
  const query = new URLSearchParams({ granularity: range === '24h' ? 'hour' : 'day' });
  if (range !== '7d') {
    // A whole minute, so that the same question within it is the same question.
    const until = Math.ceil(nowMs / 60_000) * 60_000;
    query.set('start_date', new Date(until - days[range] * 86_400_000).toISOString());
    query.set('end_date', new Date(until).toISOString());
  }
  if (fresh) query.set('force_refresh', 'true');
  return query.toString();
}

/** Usage of a group by its members; for its managers. */
export function useMemberUsage(groupId: string, range: Range) {
  return useQuery({
    queryKey: ['stats', groupId, range, 'members'],
    queryFn: () =>
      api<StatsReport>(
        'GET',
        `/carpool/groups/${groupId}/ai-services/stats?${question(range, false, Date.now())}&include_user_breakdown=true`,
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}

/** Usage of one group, or of all of them (`groupId` undefined; administrators): the kept answer at once, then a live one. */
export function useStats(groupId: string | undefined, range: Range) {
  const path = groupId === undefined ? '/admin/stats' : `/carpool/groups/${groupId}/ai-services/stats`;
  const key = ['stats', groupId ?? 'all', range];
  const read = (fresh: boolean) => api<StatsReport>('GET', `${path}?${question(range, fresh, Date.now())}`);
  const answer = useQuery({
    queryKey: key,
    queryFn: () => read(false),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const live = useQuery({
    queryKey: [...key, 'live'],
    queryFn: () => read(true),
    enabled: answer.isSuccess,
    refetchInterval: 60_000,
  });
  const newest = [answer.data, live.data]
    .filter((report) => report !== undefined)
    .sort((a, b) => Date.parse(b.query_info.as_of) - Date.parse(a.query_info.as_of))[0];
  return {
    report: newest,
    error: answer.error ?? live.error,
    isPending: answer.isPending,
    isAsking: live.isFetching,
    ask: live.refetch,
    /** Reads anew what could not be read. */
    again: () => (answer.error ? answer.refetch() : live.refetch()),
  };
}
