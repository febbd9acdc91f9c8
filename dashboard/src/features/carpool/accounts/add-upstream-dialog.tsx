import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { textIn } from '../../../lib/form-values.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { useServices } from '../services/use-services.ts';
import { type AccountPlace, findPlace, placeKey, placeLabel } from './account-place.ts';
import { CredentialFields } from './credential-fields.tsx';
import { refreshAccounts } from './use-account-change.ts';

interface AddUpstreamDialogProps {
  readonly places: readonly AccountPlace[];
  /** An account of the reader himself, which only his requests use. */
  readonly isOwn: boolean;
  readonly onClose: () => void;
}

export function AddUpstreamDialog({ places, isOwn, onClose }: AddUpstreamDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [key, setKey] = useState(places[0] ? placeKey(places[0]) : '');
  const place = findPlace(places, key);
  const service = useServices().data?.find(({ id }) => id === place?.service);
  const add = useAdd(isOwn, onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (place) add.mutate({ place, fields: new FormData(event.currentTarget) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('upstream.add')}
      note={t(isOwn ? 'own.addNote' : 'upstream.addNote')}
      footer={<DialogFooter form={form} go={t('upstream.add')} isPending={add.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <SelectField label={t('upstream.service')} name="service" value={key} onChange={({ target }) => setKey(target.value)}>
          {places.map((one) => (
            <option key={placeKey(one)} value={placeKey(one)}>
              {placeLabel(one, places)}
            </option>
          ))}
        </SelectField>
        <TextField label={t('group.name')} name="name" required autoFocus maxLength={100} autoComplete="off" />
        <CredentialFields key={service?.vendor ?? ''} service={service} />
        {isOwn ? null : (
          <TextField label={t('upstream.baseUrl')} name="base_url" inputMode="url" hint={t('upstream.baseUrlHint')} />
        )}
        <ProblemNote error={add.error} />
      </form>
    </Dialog>
  );
}

function useAdd(isOwn: boolean, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ place, fields }: { place: AccountPlace; fields: FormData }) => {
      const baseUrl = textIn(fields, 'base_url');
      const body = {
        name: fields.get('name'),
        service_name: place.service,
        auth_type: fields.get('kind'),
        credential: fields.get('credential'),
      };
      if (isOwn) return api('POST', '/user/upstream-accounts', { ...body, group_id: place.groupId });
      const address = baseUrl === null ? {} : { base_url: baseUrl };
      return api('POST', `/carpool/groups/${place.groupId}/upstream-accounts`, { ...body, ...address });
    },
    onSuccess: async () => {
      await refreshAccounts(client);
      onDone();
    },
  });
}
