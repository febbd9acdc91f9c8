import type { ServiceKind } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { textIn } from '../../../lib/form-values.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { useServiceChange } from './use-service-change.ts';

/** Every known kind, with an address that shows what is meant. */
const kinds: Record<ServiceKind, string> = {
  'openai-compatible': 'https://api.example.com',
  'openai-responses-compatible': 'https://api.example.com',
  'anthropic-compatible': 'https://api.example.com',
  'gemini-compatible': 'https://api.example.com',
  mistral: 'https://api.mistral.ai',
  bedrock: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  vertex: 'https://us-central1-aiplatform.googleapis.com/v1/projects/PROJECT/locations/us-central1',
};

interface AddServiceDialogProps {
  readonly onClose: () => void;
  readonly onAdded: (name: string) => void;
}

export function AddServiceDialog({ onClose, onAdded }: AddServiceDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [kind, setKind] = useState<ServiceKind>('openai-compatible');
  const add = useServiceChange('POST', '/ai-services', onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const name = textIn(fields, 'service_name') ?? '';
    const displayName = textIn(fields, 'display_name');
    const body = { service_name: name, kind, base_url: textIn(fields, 'base_url') ?? '' };
    add.mutate({ ...body, ...(displayName === null ? {} : { display_name: displayName }) }, { onSuccess: () => onAdded(name) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('provider.add')}
      note={t('provider.addNote')}
      footer={<DialogFooter form={form} go={t('provider.add')} isPending={add.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <NewServiceFields kind={kind} onKind={setKind} />
        <ProblemNote error={add.error} />
      </form>
    </Dialog>
  );
}

interface NewServiceFieldsProps {
  readonly kind: ServiceKind;
  readonly onKind: (kind: ServiceKind) => void;
}

function NewServiceFields({ kind, onKind }: NewServiceFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <SelectField
        label={t('provider.kind')}
        name="kind"
        value={kind}
        hint={t(`provider.kindHints.${kind}`)}
        onChange={({ target }) => onKind(target.value as ServiceKind)}
      >
        {(Object.keys(kinds) as ServiceKind[]).map((value) => (
          <option key={value} value={value}>
            {t(`provider.kinds.${value}`)}
          </option>
        ))}
      </SelectField>
      <TextField
        label={t('provider.name')}
        name="service_name"
        required
        autoFocus
        maxLength={50}
        autoComplete="off"
        placeholder="my-provider"
        hint={t('provider.nameHint')}
      />
      <TextField label={t('provider.displayName')} name="display_name" maxLength={100} autoComplete="off" />
      <TextField
        label={t('provider.baseUrl')}
        name="base_url"
        required
        inputMode="url"
        autoComplete="off"
        placeholder={kinds[kind]}
        hint={t('provider.baseUrlHint')}
      />
    </>
  );
}
