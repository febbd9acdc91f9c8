import type { AiService, SignInPolled, SignInStarted, UpstreamAccount } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyLine } from '../../../ui/copy-line.tsx';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { SelectField, TextField } from '../../../ui/form/field.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type AccountPlace, placeKey, placeLabel } from './account-place.ts';
import { refreshAccounts } from './use-account-change.ts';

/** Where somebody can sign in, and how. */
export interface SignInPlace extends AccountPlace {
  readonly flows: AiService['sign_in'];
}

/** May the reader renew the sign-in of an account? Of a member's own only its owner may. */
export function maySignInAgain(account: UpstreamAccount, places: readonly SignInPlace[], isOwn: boolean): boolean {
  const { auth_type, group_id, owner_id, service_name } = account;
  if (auth_type !== 'oauth' || (owner_id !== null && !isOwn)) return false;
  return places.some(({ groupId, service }) => groupId === group_id && service === service_name);
}

interface SignInDialogProps {
  readonly places: readonly SignInPlace[];
  /** An account of the reader himself, which only his requests use. */
  readonly isOwn: boolean;
  /** An account whose sign-in is to be renewed; absent: a new one. */
  readonly account?: UpstreamAccount | undefined;
  readonly onClose: () => void;
}

/** Signs in to a provider account: by the provider's page, or by a code that is entered there. */
export function SignInDialog({ places, isOwn, account, onClose }: SignInDialogProps) {
  const { t } = useTranslation();
  const form = useId();
  const fitting = places.filter(
    ({ groupId, service }) => !account || (account.group_id === groupId && account.service_name === service),
  );
  const [key, setKey] = useState(fitting[0] ? placeKey(fitting[0]) : '');
  const place = fitting.find((one) => placeKey(one) === key);
  const { start, finish, path, done } = useSignIn(place?.groupId ?? '', onClose);
  const started = start.data;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    if (started) finish.mutate({ state: started.state, callback_url: fields.get('callback_url') });
    else {
      const again = account ? { upstream_id: account.id } : {};
      const wish = { service_name: place?.service, name: fields.get('name'), flow: fields.get('flow') };
      start.mutate({ ...wish, ...again, personal: isOwn });
    }
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={account ? t('signIn.again', { name: account.name }) : t('signIn.title')}
      note={t('upstream.personal')}
      footer={
        started?.flow === 'device' ? (
          <Button onClick={onClose}>{t('action.cancel')}</Button>
        ) : (
          <DialogFooter
            form={form}
            go={t(started ? 'signIn.finish' : 'signIn.start')}
            isPending={start.isPending || finish.isPending}
            onClose={onClose}
          />
        )
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {started ? null : <StartFields places={fitting} place={place} onPlace={setKey} name={account?.name} />}
        {started?.flow === 'code' ? <CodeFields started={started} /> : null}
        {started?.flow === 'device' ? <DeviceWait path={path} started={started} onDone={done} /> : null}
        <ProblemNote error={start.error ?? finish.error} />
      </form>
    </Dialog>
  );
}

function useSignIn(groupId: string, onClose: () => void) {
  const client = useQueryClient();
  const path = `/carpool/groups/${groupId}/upstream-accounts/oauth`;
  const done = async () => {
    await refreshAccounts(client);
    onClose();
  };
  const start = useMutation({ mutationFn: (body: unknown) => api<SignInStarted>('POST', `${path}/start`, body) });
  const finish = useMutation({ mutationFn: (body: unknown) => api('POST', `${path}/finish`, body), onSuccess: done });
  return { start, finish, path, done };
}

interface StartFieldsProps {
  readonly places: readonly SignInPlace[];
  readonly place: SignInPlace | undefined;
  readonly onPlace: (key: string) => void;
  readonly name: string | undefined;
}

function StartFields({ places, place, onPlace, name }: StartFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <SelectField
        label={t('upstream.service')}
        value={place ? placeKey(place) : ''}
        onChange={({ target }) => onPlace(target.value)}
      >
        {places.map((one) => (
          <option key={placeKey(one)} value={placeKey(one)}>
            {placeLabel(one, places)}
          </option>
        ))}
      </SelectField>
      <TextField label={t('group.name')} name="name" required maxLength={100} defaultValue={name} autoComplete="off" />
      <SelectField key={place ? placeKey(place) : ''} label={t('signIn.flow')} name="flow">
        {place?.flows.map((flow) => (
          <option key={flow} value={flow}>
            {t(`signIn.flows.${flow}`)}
          </option>
        ))}
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
