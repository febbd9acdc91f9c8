import type { IssuedKey } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { useGroups } from '../../../lib/queries/use-groups.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Folded } from '../../../ui/form/folded.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

import { KeyLimitFields } from './key-limit-fields.tsx';
import { keyLimitsIn } from './key-limits.ts';

const lifetimesDays = [30, 90, 365] as const;

function wishOf(event: FormEvent<HTMLFormElement>) {
  event.preventDefault();
  const fields = new FormData(event.currentTarget);
  const days = Number(fields.get('days'));
  const expiry = days > 0 ? { expires_at: new Date(Date.now() + days * 86_400_000).toISOString() } : {};
  return { name: fields.get('name'), group_id: fields.get('group'), ...expiry, ...keyLimitsIn(fields) };
}

export function NewKeyDialog({ onClose, onIssued }: { onClose: () => void; onIssued: (key: IssuedKey) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useId();
  const { mine, none } = useMyGroups();
  const issue = useMutation({
    mutationFn: (body: unknown) => api<IssuedKey>('POST', '/user/api-keys', body),
    onSuccess: async (key) => {
      await client.invalidateQueries({ queryKey: ['keys'] });
      onIssued(key);
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('key.new')}
      note={t('key.newNote')}
      footer={
        <DialogFooter form={form} go={t('key.create')} isPending={issue.isPending || mine.length === 0} onClose={onClose} />
      }
    >
      <form id={form} noValidate onSubmit={(event) => issue.mutate(wishOf(event))} className="flex flex-col gap-4">
        <TextField label={t('group.name')} name="name" required autoFocus maxLength={100} hint={t('key.nameHint')} />
        <SelectField label={t('group.one')} name="group" hint={none ? t('key.noGroup') : undefined}>
          {mine.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <LifetimeField />
        <Folded title={t('keyLimits.more')}>
          <KeyLimitFields />
        </Folded>
        <ProblemNote error={issue.error} />
      </form>
    </Dialog>
  );
}

function LifetimeField() {
  const { t } = useTranslation();
  return (
    <SelectField label={t('key.expires')} name="days" defaultValue="0">
      <option value="0">{t('key.never')}</option>
      {lifetimesDays.map((days) => (
        <option key={days} value={days}>
          {t('key.inDays', { days })}
        </option>
      ))}
    </SelectField>
  );
}

/** Groups that the reader is in; keys are issued in those only. */
function useMyGroups() {
  const { data } = useGroups();
  const mine = data?.groups.filter(({ role, status }) => role !== null && status !== 'closed') ?? [];
  return { mine, none: data !== undefined && mine.length === 0 };
}
