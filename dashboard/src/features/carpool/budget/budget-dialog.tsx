import type { GroupDetail, Quota } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { useQuotaCalls } from '../quotas/use-quotas.ts';
import { BudgetFields } from './budget-fields.tsx';
import { callsOf, planOf } from './budget-plan.ts';

interface BudgetDialogProps {
  readonly group: Pick<GroupDetail, 'id' | 'max_members' | 'enabled_services' | 'time_zone'>;
  readonly quotas: readonly Quota[];
  /** The group was just made; a budget may wait. */
  readonly isStep?: boolean;
  readonly onClose: () => void;
}

/** The budget of a month in one form: tokens, members, cost, services. */
export function BudgetDialog({ group, quotas, isStep = false, onClose }: BudgetDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [plan, setPlan] = useState(() => planOf(quotas, group.enabled_services));
  const [earlier, setEarlier] = useState([plan]);
  const save = useQuotaCalls(group.id, onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(callsOf(plan, earlier, quotas, group.enabled_services, t('budget.title')));
    setEarlier([...earlier, plan]);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('budget.title')}
      note={[isStep ? t('budget.step') : '', t('budget.note', { zone: group.time_zone })].join(' ').trim()}
      footer={
        <DialogFooter
          form={form}
          go={t('action.save')}
          isPending={save.isPending}
          onClose={onClose}
          {...(isStep ? { leave: t('budget.skip') } : {})}
        />
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-5">
        <BudgetFields plan={plan} onPlan={setPlan} services={group.enabled_services} members={group.max_members} />
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}
