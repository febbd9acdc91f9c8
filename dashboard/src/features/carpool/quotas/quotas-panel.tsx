import type { GroupDetail, Quota } from '@aicarpool/shared-protocol/console';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { NameButton } from '../../../ui/name-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { NoRows } from '../../../ui/table.tsx';
import { AlertNotes } from '../alerts/alert-notes.tsx';
import { useAlerts } from '../alerts/use-alerts.ts';
import { BudgetDialog } from '../budget/budget-dialog.tsx';
import { useManages } from '../group/use-manages.ts';
import { QuotaDialog } from './quota-dialog.tsx';
import { QuotaHistory } from './quota-history.tsx';
import { QuotaPeek } from './quota-peek.tsx';
import { countsOf, fullest, whoseOf } from './quota-words.ts';
import { UnpricedNote } from './unpriced-note.tsx';
import { UseLine } from './use-line.tsx';
import { useQuotas } from './use-quotas.ts';
import { WarningNotes } from './warning-notes.tsx';

type Doing = { readonly what: 'add' | 'plan' } | { readonly what: 'edit' | 'peek'; readonly id: string };

/** The quotas of a group: how they stand, and for managers all that can be done with them. */
export function QuotasPanel({ group }: { group: GroupDetail }) {
  const { t } = useTranslation();
  const canManage = useManages(group);
  const [doing, setDoing] = useState<Doing>();
  const { data, error, refetch, isFetched } = useQuotas(group.id);
  // Notes that come later would push everything down. A call that failed is not waited for: the notes make it anew.
  const isReady = useAlerts({ groupId: group.id, open: true }).isFetched && isFetched;
  const stop = () => setDoing(undefined);
  const chosen = doing && 'id' in doing ? data?.quotas.find(({ id }) => id === doing.id) : undefined;
  if (!isReady) return null;
  const known = { groupId: group.id, members: group.members, services: group.enabled_services };
  return (
    <>
      <AlertNotes groupId={group.id} />
      <WarningNotes groupId={group.id} />
      <UnpricedNote unpriced={data?.unpriced ?? []} />
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Panel title={t('quota.many')} aside={canManage && data ? <Actions onDo={setDoing} /> : null}>
        {data?.quotas.length ? (
          <ul>
            {data.quotas.map((quota) => (
              <QuotaRow key={quota.id} quota={quota} onOpen={() => setDoing({ what: 'peek', id: quota.id })} />
            ))}
          </ul>
        ) : (
          <p className="px-4 py-8 text-center text-ink-2">
            <NoRows data={data} error={error} none={t('quota.none')} />
          </p>
        )}
        {data ? (
          <p className="border-line border-t px-4 py-2 text-ink-3 text-xs">{t('quota.zone', { zone: data.time_zone })}</p>
        ) : null}
      </Panel>
      {canManage ? (
        <Panel title={t('quota.history')}>
          <QuotaHistory groupId={group.id} />
        </Panel>
      ) : null}
      {doing?.what === 'add' ? <QuotaDialog {...known} onClose={stop} /> : null}
      {doing?.what === 'plan' && data ? <BudgetDialog group={group} quotas={data.quotas} onClose={stop} /> : null}
      {doing?.what === 'edit' && chosen ? <QuotaDialog {...known} quota={chosen} onClose={stop} /> : null}
      {doing?.what === 'peek' && chosen ? (
        <QuotaPeek quota={chosen} canManage={canManage} onEdit={() => setDoing({ what: 'edit', id: chosen.id })} onClose={stop} />
      ) : null}
    </>
  );
}

function Actions({ onDo }: { onDo: (doing: Doing) => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap gap-2">
      <Button onClick={() => onDo({ what: 'plan' })}>{t('budget.open')}</Button>
      <Button kind="primary" onClick={() => onDo({ what: 'add' })}>
        <Plus className="size-4" aria-hidden="true" />
        {t('quota.new')}
      </Button>
    </div>
  );
}

function QuotaRow({ quota, onOpen }: { quota: Quota; onOpen: () => void }) {
  const { t } = useTranslation();
  const whose = whoseOf(t, quota);
  const top = fullest(quota.use);
  const isOfMany = quota.of !== 'group' && quota.subject === null && quota.use.length !== 1;
  return (
    <li className="grid items-center gap-x-6 gap-y-2 border-line border-b px-4 py-3 last:border-b-0 md:grid-cols-[15rem_1fr]">
      <div className="min-w-0 text-[13px] leading-5">
        <NameButton name={whose} onClick={onOpen} />
        <p className="text-ink-3 text-xs">{countsOf(t, quota)}</p>
      </div>
      <div className="min-w-0">
        {top ? (
          <UseLine label={`${whose}, ${countsOf(t, quota)}`} unit={quota.unit} use={top} alertPercent={quota.alert_percent} />
        ) : null}
        {isOfMany ? (
          <p className="text-ink-3 text-xs">
            {top ? t('quota.fullest', { name: top.subject_name ?? '', count: quota.use.length }) : t('quota.nobody')}
          </p>
        ) : null}
      </div>
    </li>
  );
}
