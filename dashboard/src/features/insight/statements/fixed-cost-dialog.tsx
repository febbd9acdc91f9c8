import type { FixedCost, SplitRule } from '@aicarpool/shared-protocol/console';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { numberIn, textIn } from '../../../lib/form-values.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

interface FixedCostDialogProps {
  readonly month: string;
  readonly saving: { readonly isPending: boolean; readonly error: unknown };
  readonly onSave: (cost: FixedCost) => void;
  readonly onClose: () => void;
}

const rules = ['equal', 'by_use'] as const;

export function FixedCostDialog({ month, saving, onSave, onClose }: FixedCostDialogProps) {
  const { t } = useTranslation();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    onSave({
      name: textIn(fields, 'name') ?? '',
      amount_usd: numberIn(fields, 'amount') ?? 0,
      from_month: textIn(fields, 'from') ?? month,
      to_month: textIn(fields, 'to'),
      rule: (textIn(fields, 'rule') ?? 'equal') as SplitRule,
      shares: {},
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('statement.addFixed')}
      note={t('statement.addFixedNote')}
      footer={<DialogFooter form="fixed-cost" go={t('action.save')} isPending={saving.isPending} onClose={onClose} />}
    >
      <form id="fixed-cost" onSubmit={submit} className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
        <TextField label={t('group.name')} name="name" required maxLength={100} />
        <TextField
          label={t('statement.monthlyUsd')}
          name="amount"
          type="number"
          required
          min={0.000000001}
          step="any"
          inputMode="decimal"
        />
        <TextField label={t('statement.from')} name="from" type="month" required defaultValue={month} />
        <TextField label={t('statement.to')} name="to" type="month" hint={t('statement.toNote')} />
        <SelectField label={t('statement.rule')} name="rule" defaultValue="equal">
          {rules.map((rule) => (
            <option key={rule} value={rule}>
              {t(`statement.rules.${rule}`)}
            </option>
          ))}
        </SelectField>
      </form>
      <ProblemNote error={saving.error} />
    </Dialog>
  );
}
