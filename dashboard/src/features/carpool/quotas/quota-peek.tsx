import type { Quota } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { DayBars } from '../../../ui/chart/day-bars.tsx';
import { ConfirmDialog } from '../../../ui/overlay/confirm-dialog.tsx';
import { Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { QuotaHistory } from './quota-history.tsx';
import { countsOf, formatAmount, whoseOf } from './quota-words.ts';
import { UseLine } from './use-line.tsx';
import { useQuotaCalls, useQuotaTrend } from './use-quotas.ts';

interface QuotaPeekProps {
  readonly quota: Quota;
  readonly canManage: boolean;
  readonly onEdit: () => void;
  readonly onClose: () => void;
}

/** All about one quota: how each part stands, its days, its terms and who changed them. */
export function QuotaPeek({ quota, canManage, onEdit, onClose }: QuotaPeekProps) {
  const { t } = useTranslation();
  const [isLeaving, setIsLeaving] = useState(false);
  const remove = useQuotaCalls(quota.group_id, onClose);
  const footer = (
    <>
      <Button kind="primary" onClick={onEdit}>
        {t('action.edit')}
      </Button>
      <Button kind="danger" className="ml-auto" onClick={() => setIsLeaving(true)}>
        {t('action.remove')}
      </Button>
    </>
  );
  return (
    <Peek title={whoseOf(t, quota)} note={countsOf(t, quota)} onClose={onClose} footer={canManage ? footer : undefined}>
      <Standing quota={quota} />
      <Trend quota={quota} />
      <Part title={t('quota.terms')}>
        <Terms quota={quota} />
      </Part>
      {canManage ? (
        <Part title={t('quota.history')}>
          <QuotaHistory groupId={quota.group_id} quotaId={quota.id} />
        </Part>
      ) : null}
      {isLeaving ? (
        <ConfirmDialog
          title={t('quota.removeWhich', { name: whoseOf(t, quota) })}
          note={t('quota.removeNote')}
          go={t('action.remove')}
          act={remove}
          onGo={() => remove.mutate([{ method: 'DELETE', path: `/${quota.id}` }])}
          onClose={() => setIsLeaving(false)}
        />
      ) : null}
    </Peek>
  );
}

function Standing({ quota }: { quota: Quota }) {
  const { t } = useTranslation();
  return (
    <Part title={t('quota.now')}>
      <ul className="flex flex-col gap-3">
        {quota.use.map((use) => (
          <li key={use.subject ?? ''} className="flex flex-col gap-1 text-[13px]">
            {use.subject_name === null ? null : <span className="font-medium">{use.subject_name}</span>}
            <UseLine
              label={use.subject_name ?? whoseOf(t, quota)}
              unit={quota.unit}
              use={use}
              alertPercent={quota.alert_percent}
            />
          </li>
        ))}
      </ul>
      {quota.use.length === 0 ? <p className="text-[13px] text-ink-2">{t('quota.nobody')}</p> : null}
    </Part>
  );
}

function Trend({ quota }: { quota: Quota }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuotaTrend(quota.group_id, quota.id);
  const days = (data?.days ?? []).map(({ date, used }) => ({
    date,
    value: used,
    text: `${date}: ${formatAmount(quota.unit, used)}`,
  }));
  if (quota.of === 'key' && quota.subject === null && !data) return null;
  return (
    <Part title={t('quota.trend')}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <div className="min-h-26">
        {days.some(({ value }) => value > 0) ? <DayBars label={t('quota.trend')} days={days} /> : null}
        {data && days.every(({ value }) => value === 0) ? <p className="text-[13px] text-ink-2">{t('quota.noUse')}</p> : null}
      </div>
    </Part>
  );
}

function Terms({ quota }: { quota: Quota }) {
  const { t } = useTranslation();
  const more = [
    quota.mode === 'stream' ? ([t('quota.whenDry'), t(`quota.dry.${quota.when_dry}`)] as const) : undefined,
    quota.mode === 'hard' ? ([t('quota.mostOutput'), quota.max_output_tokens ?? t('quota.refused')] as const) : undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <Facts
      facts={[
        [t(`quota.limit.${quota.unit}`), formatAmount(quota.unit, quota.limit)],
        [t('quota.alertAt'), `${quota.alert_percent}%`],
        [t('quota.mode'), t(`quota.modes.${quota.mode}`)],
        ...more,
        [t('quota.overdraft'), formatAmount(quota.unit, quota.overdraft)],
        [t('quota.strict'), t(quota.strict ? 'action.yes' : 'action.no')],
        [t('quota.setBy'), t(`quota.origin.${quota.origin}`)],
      ]}
    />
  );
}
