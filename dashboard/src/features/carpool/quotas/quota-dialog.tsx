import type { Quota, UserKey } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { placeIn, reasonIn, termsIn, type Unit } from './quota-form.ts';
import { QuotaTermFields } from './quota-term-fields.tsx';
import { countsOf, whoseOf } from './quota-words.ts';
import { useQuotaCalls } from './use-quotas.ts';

interface QuotaDialogProps {
  readonly groupId: string;
  readonly members: readonly { readonly id: string; readonly name: string; readonly email: string }[];
  readonly services: readonly string[];
  /** The one to change; absent: a new one. */
  readonly quota?: Quota | undefined;
  readonly onClose: () => void;
}

export function QuotaDialog({ groupId, members, services, quota, onClose }: QuotaDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const save = useQuotaCalls(groupId, onClose);
  const [unit, setUnit] = useState<Unit>(quota?.unit ?? 'tokens');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const terms = termsIn(fields);
    if (!terms) return;
    const said = { ...terms, ...reasonIn(fields) };
    if (quota) save.mutate([{ method: 'PATCH', path: `/${quota.id}`, body: said }]);
    else save.mutate([{ method: 'POST', path: '', body: { ...placeIn(fields), ...said } }]);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(quota ? 'quota.edit' : 'quota.new')}
      note={quota ? `${whoseOf(t, quota)} · ${countsOf(t, quota)}` : t('quota.newNote')}
      footer={<DialogFooter form={form} go={t('action.save')} isPending={save.isPending} onClose={onClose} />}
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {quota ? null : <PlaceFields groupId={groupId} members={members} services={services} unit={unit} onUnit={setUnit} />}
        <QuotaTermFields unit={unit} now={quota} />
        <TextField label={t('quota.reason')} name="reason" maxLength={500} autoComplete="off" hint={t('quota.reasonHint')} />
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}

interface PlaceFieldsProps extends Pick<QuotaDialogProps, 'groupId' | 'members' | 'services'> {
  readonly unit: Unit;
  readonly onUnit: (unit: Unit) => void;
}

function PlaceFields({ groupId, members, services, unit, onUnit }: PlaceFieldsProps) {
  const { t } = useTranslation();
  const [of, setOf] = useState<Quota['of']>('group');
  return (
    <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
      <SelectField label={t('quota.of')} name="of" value={of} onChange={(event) => setOf(event.target.value as Quota['of'])}>
        {(['group', 'member', 'key'] as const).map((one) => (
          <option key={one} value={one}>
            {t(`quota.ofWhat.${one}`)}
          </option>
        ))}
      </SelectField>
      {of === 'group' ? null : <SubjectField key={of} groupId={groupId} of={of} members={members} />}
      <SelectField label={t('quota.service')} name="service_name" defaultValue="">
        <option value="">{t('quota.everyService')}</option>
        {services.map((service) => (
          <option key={service} value={service}>
            {service}
          </option>
        ))}
      </SelectField>
      <SelectField label={t('quota.counts')} name="unit" value={unit} onChange={(event) => onUnit(event.target.value as Unit)}>
        {(['tokens', 'usd'] as const).map((one) => (
          <option key={one} value={one}>
            {t(`quota.unit.${one}`)}
          </option>
        ))}
      </SelectField>
      <SelectField label={t('quota.each')} name="window" defaultValue="month">
        {(['day', 'month', 'total'] as const).map((one) => (
          <option key={one} value={one}>
            {t(`quota.window.${one}`)}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

function SubjectField({ groupId, of, members }: Pick<QuotaDialogProps, 'groupId' | 'members'> & { of: 'member' | 'key' }) {
  const { t } = useTranslation();
  const keys = useQuery({
    queryKey: ['keys', 'of', groupId],
    enabled: of === 'key',
    queryFn: () => api<{ keys: UserKey[] }>('GET', `/user/api-keys?limit=100&group_id=${groupId}`),
  });
  const ownerOf = (id: string) => members.find((member) => member.id === id)?.name;
  const choices =
    of === 'member'
      ? members.map(({ id, name, email }) => ({ id, name: name || email }))
      : (keys.data?.keys ?? []).map(({ id, name, user_id }) => ({
          id,
          name: [name, ownerOf(user_id)].filter(Boolean).join(' · '),
        }));
  return (
    <SelectField label={t('quota.which')} name="subject" defaultValue="">
      <option value="">{t(`quota.whose.each_${of}`)}</option>
      {choices.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
