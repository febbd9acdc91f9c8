import type { Alert, UserQuota } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatCount, formatRelative } from '../../../lib/format.ts';
import { DayBars } from '../../../ui/chart/day-bars.tsx';
import { Facts } from '../../../ui/overlay/facts.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { AlertNotes } from '../alerts/alert-notes.tsx';
import { useAlerts } from '../alerts/use-alerts.ts';
import { countsOf, whoseOf } from './quota-words.ts';
import { UseLine } from './use-line.tsx';
import { useMyQuota } from './use-quotas.ts';

type GroupQuota = UserQuota['groups'][number];

/** What the reader may still use, group by group. */
export function MyQuotaPanel() {
  const { t } = useTranslation();
  const { data, error, refetch, isFetched } = useMyQuota();
  // Notes that come later would push everything down. A call that failed is not waited for: the notes make it anew.
  const isReady = useAlerts({ open: true }).isFetched && isFetched;
  // Groups that limit him come first.
  const groups = [...(data?.groups ?? [])].sort((a, b) => Number(b.limits.length > 0) - Number(a.limits.length > 0));
  const lines = new Set(groups.flatMap(({ limits }) => limits.map(({ quota_id, subject }) => `${quota_id} ${subject}`)));
  const isMine = ({ quota_id, subject }: Alert) => lines.has(`${quota_id} ${subject}`);
  if (!isReady) return null;
  return (
    <>
      <AlertNotes belongs={isMine} />
      <ProblemNote error={error} onRetry={() => void refetch()} />
      {groups.map((group) => (
        <Panel key={group.group_id} title={group.group_name}>
          <div className="grid gap-6 p-4 md:grid-cols-[18rem_1fr]">
            <Left group={group} />
            <Lines group={group} />
          </div>
          {group.days.some(({ tokens }) => tokens > 0) ? (
            <div className="border-line border-t p-4">
              <Days group={group} />
            </div>
          ) : null}
        </Panel>
      ))}
      {data?.groups.length === 0 ? (
        <Panel>
          <p className="px-4 py-8 text-center text-ink-2">{t('key.noGroup')}</p>
        </Panel>
      ) : null}
    </>
  );
}

function Left({ group: { quota, restrictions } }: { group: GroupQuota }) {
  const { t, i18n } = useTranslation();
  const { requests_per_minute: requests, tokens_per_hour: tokens } = restrictions.rate_limits;
  const remaining = quota.tokens_remaining;
  return (
    <div>
      <p className="text-[13px] text-ink-2">{t('quota.tokensLeft')}</p>
      <p className="mb-3 font-semibold text-[25px] leading-9" title={remaining?.toLocaleString('en-US')}>
        {remaining === null ? t('quota.unlimited') : formatCount(remaining)}
      </p>
      <Facts
        facts={[
          [t('quota.tokensUsed'), formatCount(quota.tokens_used)],
          [t('quota.newOn'), quota.reset_date ? formatRelative(quota.reset_date, i18n.language, Date.now()) : '—'],
          [
            t('quota.keysLeft'),
            t('quota.keysOf', { left: Math.max(0, quota.max_keys - quota.keys_created), most: quota.max_keys }),
          ],
          [
            t('quota.models'),
            restrictions.allowed_models.includes('*') ? t('quota.allModels') : restrictions.allowed_models.join(', ') || '—',
          ],
          ...(requests === null ? [] : [[t('quota.requestsPerMinute'), formatCount(requests)] as const]),
          ...(tokens === null ? [] : [[t('quota.tokensPerHour'), formatCount(tokens)] as const]),
        ]}
      />
    </div>
  );
}

function Lines({ group }: { group: GroupQuota }) {
  const { t } = useTranslation();
  if (group.limits.length === 0) return <p className="text-[13px] text-ink-2">{t('quota.noneOfMine')}</p>;
  return (
    <ul className="flex flex-col gap-4">
      {group.limits.map((line) => {
        const whose = line.of === 'member' ? t('quota.whose.me') : whoseOf(t, line);
        return (
          <li key={`${line.quota_id} ${line.subject}`} className="flex flex-col gap-1 text-[13px]">
            <p className="flex flex-wrap gap-x-2">
              <span className="font-medium">{whose}</span>
              <span className="text-ink-3">{countsOf(t, line)}</span>
            </p>
            <UseLine label={`${whose}, ${countsOf(t, line)}`} unit={line.unit} use={line} />
          </li>
        );
      })}
    </ul>
  );
}

function Days({ group }: { group: GroupQuota }) {
  const { t } = useTranslation();
  const days = group.days.map(({ date, tokens }) => ({ date, value: tokens, text: `${date}: ${formatCount(tokens)}` }));
  return (
    <>
      <h3 className="mb-2 font-semibold text-[13px]">{t('quota.myDays')}</h3>
      <DayBars label={t('quota.myDays')} days={days} />
    </>
  );
}
