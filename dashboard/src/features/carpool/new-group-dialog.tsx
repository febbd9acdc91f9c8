import type { GroupDetail } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { SelectField, TextField } from '../../ui/form/field.tsx';
import { Dialog } from '../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';
import { BudgetDialog } from './budget/budget-dialog.tsx';

const services = ['claude', 'gemini', 'openai', 'ampcode'] as const;

function wishOf(event: FormEvent<HTMLFormElement>) {
  event.preventDefault();
  const fields = new FormData(event.currentTarget);
  return {
    name: fields.get('name'),
    deployment_mode: fields.get('mode'),
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    enabled_services: services.filter((name) => fields.has(name)),
  };
}

export function NewGroupDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useId();
  const [made, setMade] = useState<GroupDetail>();
  const make = useMutation({
    mutationFn: (body: unknown) => api<GroupDetail>('POST', '/carpool/groups', body),
    onSuccess: async (group) => {
      await client.invalidateQueries({ queryKey: ['groups'] });
      setMade(group);
    },
  });
  if (made) {
    const open = () => void navigate({ to: '/admin/groups/$groupId', params: { groupId: made.id } });
    return <BudgetDialog group={made} quotas={[]} isStep onClose={open} />;
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('group.new')}
      note={t('group.newNote')}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" type="submit" form={form} disabled={make.isPending}>
            {t('group.create')}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={(event) => make.mutate(wishOf(event))} className="flex flex-col gap-4">
        <TextField label={t('group.name')} name="name" required autoFocus maxLength={100} />
        <SelectField label={t('group.mode')} name="mode" hint={t('group.modeHint')} defaultValue="centralized">
          {(['centralized', 'distributed', 'hybrid'] as const).map((mode) => (
            <option key={mode} value={mode}>
              {t(`group.modes.${mode}`)}
            </option>
          ))}
        </SelectField>
        <ServiceChoice />
        <ProblemNote error={make.error} />
      </form>
    </Dialog>
  );
}

function ServiceChoice() {
  const { t } = useTranslation();
  return (
    <fieldset className="flex flex-wrap gap-4">
      <legend className="mb-1 font-medium text-[13px]">{t('group.services')}</legend>
      {services.map((name) => (
        <label key={name} className="flex items-center gap-2 text-[13px]">
          <input type="checkbox" name={name} defaultChecked={name === 'claude'} className="size-4 accent-accent" />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
