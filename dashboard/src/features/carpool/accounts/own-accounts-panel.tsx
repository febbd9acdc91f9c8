import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import type { AccountPlace } from './account-place.ts';
import { UpstreamsPanel } from './upstreams-panel.tsx';

/** Provider accounts of the reader himself; only his requests use them. */
export function OwnAccountsPanel({ places }: { places: readonly AccountPlace[] }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ['own-accounts'],
    queryFn: () => api<{ upstream_accounts: UpstreamAccount[] }>('GET', '/user/upstream-accounts?limit=100'),
    refetchInterval: 30_000,
  });
  return (
    <>
      <p className="max-w-prose text-[13px] text-ink-2">{t('own.note')}</p>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <UpstreamsPanel
        title={t('own.many')}
        empty={t('own.none')}
        places={places}
        isOwn
        accounts={data?.upstream_accounts}
        error={error}
      />
    </>
  );
}
