import type { SignInPolled, SignInStarted, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyLine } from '../../../ui/copy-line.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

interface SignInDialogProps {
  readonly groupId: string;
  readonly services: readonly string[];
  /** An account whose sign-in is to be renewed; absent: a new one. */
  readonly account?: UpstreamAccount | undefined;
  readonly onClose: () => void;
}

/** Signs in to a provider account: by the provider's page, or by a code that is entered there. */
export function SignInDialog({ groupId, services, account, onClose }: SignInDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const form = useId();
  const path = `/carpool/groups/${groupId}/upstream-accounts/oauth`;
  const done = async () => {
    await client.invalidateQueries({ queryKey: ['groups', groupId] });
    onClose();
  };
  const start = useMutation({ mutationFn: (body: unknown) => api<SignInStarted>('POST', `${path}/start`, body) });
  const finish = useMutation({ mutationFn: (body: unknown) => api('POST', `${path}/finish`, body), onSuccess: done });
  const started = start.data;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    if (started) finish.mutate({ state: started.state, callback_url: fields.get('callback_url') });
    else {
      const again = account ? { upstream_id: account.id } : {};
      start.mutate({ service_name: fields.get('service'), name: fields.get('name'), flow: fields.get('flow'), ...again });
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={account ? t('signIn.again', { name: account.name }) : t('signIn.title')}
      note={t('upstream.personal')}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          {started?.flow === 'device' ? null : (
            <Button kind="primary" type="submit" form={form} disabled={start.isPending || finish.isPending}>
              {t(started ? 'signIn.finish' : 'signIn.start')}
            </Button>
          )}
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {started ? null : <StartFields services={account ? [account.service_name] : services} name={account?.name} />}
        {started?.flow === 'code' ? <CodeFields started={started} /> : null}
        {started?.flow === 'device' ? <DeviceWait path={path} started={started} onDone={done} /> : null}
        <ProblemNote error={start.error ?? finish.error} />
      </form>
    </Dialog>
  );
}

function StartFields({ services, name }: { services: readonly string[]; name: string | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <SelectField label={t('upstream.service')} name="service">
        {services.map((service) => (
          <option key={service}>{service}</option>
        ))}
      </SelectField>
      <TextField label={t('group.name')} name="name" required maxLength={100} defaultValue={name} />
      <SelectField label={t('signIn.flow')} name="flow" hint={t('signIn.flowHint')}>
        <option value="code">{t('signIn.flows.code')}</option>
        <option value="device">{t('signIn.flows.device')}</option>
      </SelectField>
    </>
  );
}

function CodeFields({ started }: { started: SignInStarted }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="text-[13px]">
        {t('signIn.openNote')}{' '}
        <a className="text-accent underline" href={started.authorization_url ?? undefined} target="_blank" rel="noreferrer">
          {t('signIn.open')}
        </a>
      </p>
      <TextField
        label={t('signIn.callback')}
        name="callback_url"
        required
        inputMode="url"
        autoComplete="off"
        hint={t('signIn.callbackHint')}
      />
    </>
  );
}

function DeviceWait({ path, started, onDone }: { path: string; started: SignInStarted; onDone: () => Promise<void> }) {
  const { t } = useTranslation();
  const { error } = useQuery({
    queryKey: ['sign-in', started.state],
    queryFn: async () => {
      const polled = await api<SignInPolled>('POST', `${path}/poll`, { state: started.state });
      if (polled.status === 'signed_in') await onDone();
      return polled;
    },
    retry: false,
    refetchInterval: ({ state }) =>
      state.error ? false : (state.data?.interval_seconds ?? started.interval_seconds ?? 5) * 1000,
  });
  return (
    <>
      <p className="text-[13px]">
        {t('signIn.deviceNote')}{' '}
        <a
          className="text-accent underline"
          href={started.verification_uri_complete ?? started.verification_uri ?? undefined}
          target="_blank"
          rel="noreferrer"
        >
          {started.verification_uri}
        </a>
      </p>
      <CopyLine text={started.user_code ?? ''} label={t('signIn.code')} />
      {error ? <ProblemNote error={error} /> : <Status state="draft">{t('signIn.waiting')}</Status>}
    </>
  );
}
