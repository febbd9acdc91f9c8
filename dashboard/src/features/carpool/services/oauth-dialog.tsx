import type { AiService } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { textIn } from '../../../lib/form-values.ts';
import { Button } from '../../../ui/button.tsx';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { TextArea, TextField } from '../../../ui/form/field.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { useServiceChange } from './use-service-change.ts';

/** Where and how accounts of a service sign in. */
export function OAuthDialog({ service, onClose }: { service: AiService; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const save = useServiceChange('PUT', `/ai-services/${service.id}`, onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    save.mutate({ oauth: settingsIn(new FormData(event.currentTarget)) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('oauth.title', { name: service.display_name })}
      note={t('oauth.note')}
      footer={
        <>
          {service.oauth ? (
            <Button kind="danger" className="mr-auto" disabled={save.isPending} onClick={() => save.mutate({ oauth: null })}>
              {t('oauth.stop')}
            </Button>
          ) : null}
          <DialogFooter form={form} go={t('action.save')} isPending={save.isPending} onClose={onClose} />
        </>
      }
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <OAuthFields oauth={service.oauth} />
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}

function settingsIn(fields: FormData) {
  const secret = textIn(fields, 'client_secret');
  return {
    client_id: textIn(fields, 'client_id') ?? '',
    token_url: textIn(fields, 'token_url') ?? '',
    authorization_url: textIn(fields, 'authorization_url'),
    redirect_url: textIn(fields, 'redirect_url'),
    device_url: textIn(fields, 'device_url'),
    scopes: (textIn(fields, 'scopes') ?? '').split(/[\s,]+/).filter((scope) => scope !== ''),
    ...(secret === null ? {} : { client_secret: secret }),
  };
}

const urls = ['token_url', 'authorization_url', 'redirect_url', 'device_url'] as const;

function OAuthFields({ oauth }: Pick<AiService, 'oauth'>) {
  const { t } = useTranslation();
  return (
    <>
      <div className="grid grid-cols-2 gap-3 max-md:grid-cols-1">
        <TextField label={t('oauth.client_id')} name="client_id" required autoComplete="off" defaultValue={oauth?.client_id} />
        <TextField
          label={t('oauth.client_secret')}
          name="client_secret"
          type="password"
          autoComplete="off"
          hint={t(oauth?.has_client_secret ? 'oauth.secretKept' : 'oauth.secretHint')}
        />
      </div>
      {urls.map((name) => (
        <TextField
          key={name}
          label={t(`oauth.${name}`)}
          name={name}
          inputMode="url"
          autoComplete="off"
          defaultValue={oauth?.[name] ?? ''}
          hint={t(`oauth.hints.${name}`)}
        />
      ))}
      <TextArea
        label={t('oauth.scopes')}
        name="scopes"
        rows={3}
        defaultValue={oauth?.scopes.join('\n')}
        hint={t('oauth.scopesHint')}
      />
    </>
  );
}
