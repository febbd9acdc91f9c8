import type { UserKey } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { QuotaBar } from '../quotas/quota-bar.tsx';
import { formatAmount } from '../quotas/quota-words.ts';

/** How much of its token limit a key has used; nothing where it has none. */
export function KeyQuota({ owned }: { owned: UserKey }) {
  const { t } = useTranslation();
  const { token_limit: limit, tokens_used } = owned;
  if (limit === null) return null;
  const used = tokens_used ?? 0;
  const percent = limit === 0 ? 100 : Math.min(100, Math.floor((used / limit) * 100));
  const state = used >= limit ? 'reached' : percent >= 80 ? 'near' : 'ok';
  const text = t('quota.usedOf', { used: formatAmount('tokens', used), limit: formatAmount('tokens', limit) });
  return (
    <div className="mt-1 flex w-40 flex-col gap-1">
      <QuotaBar
        label={`${owned.name}: ${t('keyLimits.token_limit')}`}
        unit="tokens"
        use={{ used, promised: 0, limit, percent, state }}
      />
      <span className="text-ink-3 text-xs">{text}</span>
    </div>
  );
}
