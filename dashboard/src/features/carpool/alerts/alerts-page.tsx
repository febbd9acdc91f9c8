import type { Alert } from '@aicarpool/shared-protocol/console';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRelative } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { NoRows } from '../../../ui/table.tsx';
import { alertText } from './alert-text.ts';
import { useAcknowledge, useAlerts } from './use-alerts.ts';

/** Every alert that the reader may see, newest first. */
export function AlertsPage() {
  const { t } = useTranslation();
  const [shown, setShown] = useState<'open' | 'all'>('open');
  const { data, error, refetch } = useAlerts({ open: shown === 'open' });
  const acknowledge = useAcknowledge();
  return (
    <Page
      title={t('alert.many')}
      actions={
        <Segmented
          label={t('alert.which')}
          value={shown}
          options={[
            { value: 'open', label: t('alert.open') },
            { value: 'all', label: t('alert.all') },
          ]}
          onChange={setShown}
        />
      }
    >
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <ProblemNote error={acknowledge.error} />
      <Panel>
        {data?.alerts.length ? (
          <ul>
            {data.alerts.map((alert) => (
              <AlertRow
                key={alert.id}
                alert={alert}
                isPending={acknowledge.isPending}
                onSeen={() => acknowledge.mutate(alert.id)}
              />
            ))}
          </ul>
        ) : (
          <p className="px-4 py-8 text-center text-ink-2">
            <NoRows data={data} error={error} none={t('alert.none')} />
          </p>
        )}
      </Panel>
    </Page>
  );
}

function AlertRow({ alert, isPending, onSeen }: { alert: Alert; isPending: boolean; onSeen: () => void }) {
  const { t, i18n } = useTranslation();
  const when = (instant: string) => formatRelative(instant, i18n.language, Date.now());
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-line border-b px-4 py-2.5 text-[13px] last:border-b-0">
      <Status state={alert.level === 'near' ? 'partial' : 'bad'}>{t(`quota.is.${alert.level}`)}</Status>
      <div className="min-w-60 flex-1">
        <p>{alertText(t, alert)}</p>
        <p className="text-ink-3 text-xs">
          <Link
            to="/admin/groups/$groupId"
            params={{ groupId: alert.group_id }}
            search={{ tab: 'quotas' }}
            className="text-accent underline underline-offset-2"
          >
            {alert.group_name}
          </Link>
          {' · '}
          <time dateTime={alert.raised_at} title={alert.raised_at}>
            {when(alert.raised_at)}
          </time>
          {alert.resets_at ? ` · ${t('quota.resets', { when: when(alert.resets_at) })}` : null}
        </p>
      </div>
      {alert.acknowledged_at ? (
        <span className="text-ink-2">
          {t('alert.seenBy', { name: alert.acknowledged_by ?? '—', when: when(alert.acknowledged_at) })}
        </span>
      ) : alert.can_acknowledge ? (
        <Button disabled={isPending} onClick={onSeen}>
          {t('alert.seen')}
        </Button>
      ) : null}
    </li>
  );
}
