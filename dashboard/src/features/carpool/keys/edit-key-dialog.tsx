import type { UserKey } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { dayEndIn, dayOf, textIn } from '../../../lib/form-values.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { KeyLimitFields } from './key-limit-fields.tsx';
import { keyLimitsIn } from './key-limits.ts';

export function EditKeyDialog({ owned, onClose }: { owned: UserKey; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useId();
  const save = useMutation({
    mutationFn: (body: unknown) => api('PATCH', `/user/api-keys/${owned.id}`, body),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['keys'] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate(changeIn(new FormData(event.currentTarget), owned));
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('keyLimits.edit', { name: owned.name })}
      footer={<DialogFooter form={form} go={t('action.save')} isPending={save.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
          <TextField label={t('group.name')} name="name" required maxLength={100} autoComplete="off" defaultValue={owned.name} />
          <TextField
            label={t('key.expires')}
            name="expires_at"
            type="date"
            defaultValue={dayOf(owned.expires_at)}
            hint={t('keyLimits.expiresHint')}
          />
        </div>
        <KeyLimitFields now={owned} />
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}

/** The day of expiry is sent only where it was changed, so that its hour stays. */
function changeIn(fields: FormData, owned: UserKey) {
  const isSameDay = textIn(fields, 'expires_at') === (dayOf(owned.expires_at) || null);
  return {
    name: textIn(fields, 'name') ?? owned.name,
    ...(isSameDay ? {} : { expires_at: dayEndIn(fields, 'expires_at') }),
    ...keyLimitsIn(fields),
  };
}
