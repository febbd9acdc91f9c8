import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { DialogFooter } from '../../../ui/form/dialog-footer.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { ProxyFields } from './proxy-fields.tsx';
import { proxyIn } from './proxy-form.ts';
import { useProxyCall } from './use-proxy-call.ts';

/** Adds a proxy, or changes the one given. */
export function ProxyDialog({ proxy, onClose }: { proxy?: ProxyView; onClose: () => void }) {
  const { t } = useTranslation();
  const form = useId();
  const save = useProxyCall(onClose);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = proxyIn(new FormData(event.currentTarget));
    save.mutate(proxy ? { method: 'PUT', path: `/${proxy.id}`, body } : { method: 'POST', path: '', body });
  };
  const go = proxy ? t('action.save') : t(save.isPending ? 'proxy.checking' : 'proxy.add');
  return (
    <Dialog
      open
      onClose={onClose}
      title={proxy ? t('proxy.edit', { name: proxy.name }) : t('proxy.add')}
      note={t(proxy ? 'proxy.editNote' : 'proxy.addNote')}
      footer={<DialogFooter form={form} go={go} isPending={save.isPending} onClose={onClose} />}
    >
      <form id={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <ProxyFields {...(proxy ? { now: proxy } : {})} />
        <ProblemNote error={save.error} />
      </form>
    </Dialog>
  );
}
