import type { UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { dayEndIn, dayOf, numberIn, textIn } from '../../../lib/form-values.ts';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextArea, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { useAccountChange } from './use-account-change.ts';
import { useProxyChoices } from './use-proxy-choices.ts';

interface EditAccountDialogProps {
  readonly account: UpstreamAccount;
  readonly isOwn: boolean;
  readonly onClose: () => void;
}

export function EditAccountDialog({ account, isOwn, onClose }: EditAccountDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const save = useAccountChange(isOwn, onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const body = { ...ownChange(fields, account), ...(isOwn ? {} : sharedChange(fields, account)) };
    save.mutate({ account, method: 'PATCH', body });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('upstream.edit', { name: account.name })}
      footer={<DialogFooter form={form} go={t('action.save')} isPending={save.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <OwnFields account={account} />
        {isOwn ? null : <SharedFields account={account} />}
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}

function ownChange(fields: FormData, account: UpstreamAccount) {
  const credential = textIn(fields, 'credential');
  const isSameDay = textIn(fields, 'expires_at') === (dayOf(account.expires_at) || null);
  return {
    name: textIn(fields, 'name') ?? account.name,
    priority: numberIn(fields, 'priority') ?? account.priority,
    concurrency: numberIn(fields, 'concurrency'),
    ...(isSameDay ? {} : { expires_at: dayEndIn(fields, 'expires_at') }),
    ...(credential === null ? {} : { credential }),
  };
}

function sharedChange(fields: FormData, account: UpstreamAccount) {
  return {
    weight: numberIn(fields, 'weight') ?? account.weight,
    base_url: textIn(fields, 'base_url'),
    proxy_resource_id: textIn(fields, 'proxy'),
  };
}

function OwnFields({ account }: { account: UpstreamAccount }) {
  const { t } = useTranslation();
  return (
    <>
      <TextField label={t('group.name')} name="name" required maxLength={100} autoComplete="off" defaultValue={account.name} />
      <div className="grid grid-cols-3 gap-3 max-md:grid-cols-1">
        <TextField
          label={t('upstream.priority')}
          name="priority"
          type="number"
          defaultValue={account.priority}
          hint={t('service.priorityHint')}
        />
        <TextField
          label={t('upstream.concurrency')}
          name="concurrency"
          type="number"
          min={1}
          placeholder={t('limits.none')}
          defaultValue={account.concurrency ?? ''}
          hint={t('upstream.onEachNode')}
        />
        <TextField
          label={t('key.expires')}
          name="expires_at"
          type="date"
          defaultValue={dayOf(account.expires_at)}
          hint={t('upstream.expiresHint')}
        />
      </div>
      <TextArea
        label={t('upstream.newSecret')}
        name="credential"
        rows={2}
        autoComplete="off"
        hint={t('upstream.newSecretHint')}
      />
    </>
  );
}

function SharedFields({ account }: { account: UpstreamAccount }) {
  const { t } = useTranslation();
  const proxies = useProxyChoices(account.group_id);
  return (
    <>
      <TextField
        label={t('service.weight')}
        name="weight"
        type="number"
        min={0}
        defaultValue={account.weight}
        hint={t('upstream.weightHint')}
      />
      <TextField
        label={t('upstream.baseUrl')}
        name="base_url"
        inputMode="url"
        autoComplete="off"
        defaultValue={account.base_url ?? ''}
        hint={t('upstream.baseUrlHint')}
      />
      <SelectField
        key={proxies.length}
        label={t('upstream.proxy')}
        name="proxy"
        defaultValue={account.proxy_resource_id ?? ''}
        hint={t('upstream.proxyHint')}
      >
        <option value="">{t('upstream.asGroup')}</option>
        {proxies.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
    </>
  );
}
