import type { GroupServices } from '@aicarpool/shared-protocol/console';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { CheckField } from '../../../ui/form/check-field.tsx';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextArea, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { readAliases, writeAliases } from './alias-lines.ts';

type Service = GroupServices['services'][number];

interface EditServiceDialogProps {
  readonly groupId: string;
  readonly all: readonly Service[];
  readonly service: Service;
  readonly onClose: () => void;
}

const methods = ['shared_account', 'individual_keys', 'proxy_auth'] as const;

export function EditServiceDialog({ groupId, all, service, onClose }: EditServiceDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useId();
  const [badLine, setBadLine] = useState<string>();
  const save = useMutation({
    mutationFn: (changed: Service) => {
      const services = all.map((one) => inputOf(one.service_name === changed.service_name ? changed : one));
      return api('PUT', `/carpool/groups/${groupId}/ai-services`, { services });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['groups', groupId] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const aliases = readAliases(String(fields.get('aliases') ?? ''));
    setBadLine(aliases.badLine);
    if (aliases.badLine !== undefined) return;
    save.mutate({ ...changeIn(fields, service), model_aliases: aliases.rules });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('service.edit', { service: service.service_name })}
      footer={<DialogFooter form={form} go={t('action.save')} isPending={save.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <ServiceFields service={service} badLine={badLine} />
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}

function changeIn(fields: FormData, service: Service): Service {
  return {
    ...service,
    enabled: fields.get('enabled') === 'on',
    proxy_enabled: fields.get('proxy_enabled') === 'on',
    auth_method: methods.find((method) => method === fields.get('auth_method')) ?? service.auth_method,
    priority: Number(fields.get('priority')),
    weight: Number(fields.get('weight')),
  };
}

function ServiceFields({ service, badLine }: { service: Service; badLine: string | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <CheckField name="enabled" label={t('service.enabled')} defaultChecked={service.enabled} />
      <div className="grid grid-cols-2 gap-3">
        <TextField
          label={t('upstream.priority')}
          name="priority"
          type="number"
          defaultValue={service.priority}
          hint={t('service.priorityHint')}
        />
        <TextField label={t('service.weight')} name="weight" type="number" min={0} defaultValue={service.weight} />
      </div>
      <SelectField label={t('service.auth')} name="auth_method" defaultValue={service.auth_method} hint={t('service.authHint')}>
        {methods.map((method) => (
          <option key={method} value={method}>
            {t(`service.auths.${method}`)}
          </option>
        ))}
      </SelectField>
      <TextArea
        label={t('service.aliases')}
        name="aliases"
        rows={4}
        defaultValue={writeAliases(service.model_aliases)}
        hint={t('service.aliasesHint')}
        error={badLine === undefined ? undefined : t('service.badAlias', { line: badLine })}
      />
      <CheckField
        name="proxy_enabled"
        label={t('service.proxy')}
        hint={t('service.proxyHint')}
        defaultChecked={service.proxy_enabled}
      />
    </>
  );
}

/** The call takes each service whole, without what it is only told. */
function inputOf({ service_id: _id, status: _status, health: _health, last_used_at: _usedAt, ...input }: Service) {
  return input;
}
