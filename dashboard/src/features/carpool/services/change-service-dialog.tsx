import type { AiService, ServiceChange } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { linesIn, textIn } from '../../../lib/form-values.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { readHeaders } from './header-lines.ts';
import { ServiceFields } from './service-fields.tsx';
import { useServiceChange } from './use-service-change.ts';

interface ChangeServiceDialogProps {
  readonly service: AiService;
  readonly onClose: () => void;
}

export function ChangeServiceDialog({ service, onClose }: ChangeServiceDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const [badLine, setBadLine] = useState<string>();
  const save = useServiceChange('PUT', `/ai-services/${service.id}`, onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const { headers, badLine: bad } = readHeaders(String(fields.get('default_headers') ?? ''));
    setBadLine(bad);
    if (bad === undefined) save.mutate({ ...changeIn(fields, service), default_headers: headers });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('provider.edit', { name: service.display_name })}
      note={t('provider.editNote')}
      footer={<DialogFooter form={form} go={t('action.save')} isPending={save.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <ServiceFields service={service} badLine={badLine} />
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}

function changeIn(fields: FormData, service: AiService): ServiceChange {
  return {
    display_name: textIn(fields, 'display_name') ?? service.display_name,
    status: fields.get('status') as AiService['status'],
    base_url: textIn(fields, 'base_url') ?? '',
    vendor: textIn(fields, 'vendor') ?? '',
    model_patterns: linesIn(fields, 'model_patterns'),
    models_path: textIn(fields, 'models_path'),
    usage_in_streams: fields.get('usage_in_streams') === 'on',
    on_client_gone: fields.get('on_client_gone') as AiService['on_client_gone'],
  };
}
