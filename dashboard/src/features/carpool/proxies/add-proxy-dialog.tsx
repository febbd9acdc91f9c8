import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

const types = ['socks5', 'socks5h', 'http', 'https'] as const;

export function AddProxyDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useId();
  const add = useMutation({
    mutationFn: (body: unknown) => api('POST', '/proxy-resources', body),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['proxies'] });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? '').trim() || null;
    add.mutate({
      name: text('name'),
      proxy_type: fields.get('proxy_type'),
      host: text('host'),
      port: Number(fields.get('port')),
      username: text('username'),
      password: text('password'),
      max_concurrent: Number(fields.get('max_concurrent')),
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('proxy.add')}
      note={t('proxy.addNote')}
      footer={
        <DialogFooter
          form={form}
          go={t(add.isPending ? 'proxy.checking' : 'proxy.add')}
          isPending={add.isPending}
          onClose={onClose}
        />
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <ProxyFields />
        <ProblemNote error={add.error} />
      </form>
    </Dialog>
  );
}

function ProxyFields() {
  const { t } = useTranslation();
  return (
    <>
      <TextField label={t('group.name')} name="name" required autoFocus maxLength={100} />
      <SelectField label={t('proxy.type')} name="proxy_type" hint={t('proxy.typeHint')}>
        {types.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </SelectField>
      <div className="grid grid-cols-[1fr_7rem] gap-3">
        <TextField label={t('proxy.host')} name="host" required autoComplete="off" />
        <TextField label={t('proxy.port')} name="port" type="number" min={1} max={65_535} defaultValue={1080} />
      </div>
      <div className="grid grid-cols-2 gap-3">
        <TextField label={t('proxy.username')} name="username" autoComplete="off" />
        <TextField label={t('proxy.password')} name="password" type="password" autoComplete="off" />
      </div>
      <TextField label={t('proxy.most')} name="max_concurrent" type="number" min={1} defaultValue={100} />
    </>
  );
}
