import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

export function AddUpstreamDialog({
  groupId,
  services,
  onClose,
}: {
  groupId: string;
  services: readonly string[];
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useId();
  const [kind, setKind] = useState('api_key');
  const add = useMutation({
    mutationFn: (body: unknown) => api('POST', `/carpool/groups/${groupId}/upstream-accounts`, body),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['groups', groupId] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const baseUrl = String(fields.get('base_url') ?? '').trim();
    add.mutate({
      name: fields.get('name'),
      service_name: fields.get('service'),
      auth_type: kind,
      credential: fields.get('credential'),
      ...(baseUrl ? { base_url: baseUrl } : {}),
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('upstream.add')}
      note={t('upstream.addNote')}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button kind="primary" type="submit" form={form} disabled={add.isPending}>
            {t('upstream.add')}
          </Button>
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <SelectField label={t('upstream.service')} name="service">
          {services.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <TextField label={t('group.name')} name="name" required autoFocus maxLength={100} />
        <SelectField label={t('upstream.kind')} name="kind" value={kind} onChange={({ target }) => setKind(target.value)}>
          {(['api_key', 'bearer_token', 'oauth'] as const).map((value) => (
            <option key={value} value={value}>
              {t(`upstream.kinds.${value}`)}
            </option>
          ))}
        </SelectField>
        {kind === 'api_key' ? null : <Status state="partial">{t('upstream.personal')}</Status>}
        <TextField
          label={t('upstream.secret')}
          name="credential"
          type="password"
          autoComplete="off"
          required
          hint={t('upstream.secretHint')}
        />
        <TextField label={t('upstream.baseUrl')} name="base_url" inputMode="url" hint={t('upstream.baseUrlHint')} />
        <ProblemNote error={add.error} />
      </form>
    </Dialog>
  );
}
