import type { GroupEndpoint, IssuedKey } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Status } from '../../ui/glyph.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { type ClientName, clientNames, clientSettings } from './client-settings.ts';

/** The only time the key is seen: it does not go away by accident. */
export function KeyReadyDialog({ issued, onDone }: { issued: IssuedKey; onDone: () => void }) {
  const { t } = useTranslation();
  const [saved, setSaved] = useState(false);
  const [client, setClient] = useState<ClientName>('claude-code');
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent) => event.preventDefault();
    if (!saved) addEventListener('beforeunload', hold);
    return () => removeEventListener('beforeunload', hold);
  }, [saved]);
  const endpoints = useQuery({
    queryKey: ['endpoints', issued.group_id],
    queryFn: () => api<{ endpoints: GroupEndpoint[] }>('GET', `/carpool/groups/${issued.group_id}/endpoints`),
  });
  const nodes = endpoints.data?.endpoints ?? [];
  const [chosen, setChosen] = useState<string>();
  const nodeUrl = chosen ?? nodes[0]?.base_url ?? 'https://NODE';
  return (
    <Dialog
      open
      sticky
      onClose={onDone}
      title={t('key.ready', { name: issued.name })}
      note={t('key.readyNote')}
      footer={
        <>
          <label className="mr-auto flex items-center gap-2 text-[13px]">
            <input
              type="checkbox"
              checked={saved}
              onChange={({ target }) => setSaved(target.checked)}
              className="size-4 accent-accent"
            />
            {t('key.saved')}
          </label>
          <Button kind="primary" disabled={!saved} onClick={onDone}>
            {t('action.done')}
          </Button>
        </>
      }
    >
      <CopyLine text={issued.api_key} label={t('key.one')} />
      {nodes.length > 1 ? (
        <SelectField label={t('key.node')} value={nodeUrl} onChange={({ target }) => setChosen(target.value)}>
          {nodes.map(({ node_id, node_name, base_url }) => (
            <option key={node_id} value={base_url}>
              {`${node_name} · ${base_url}`}
            </option>
          ))}
        </SelectField>
      ) : null}
      {endpoints.data && nodes.length === 0 ? <Status state="partial">{t('key.noNode')}</Status> : null}
      <div className="overflow-x-auto">
        <Segmented
          label={t('key.client')}
          value={client}
          onChange={setClient}
          options={clientNames.map((value) => ({ value, label: t(`key.clients.${value}`) }))}
        />
      </div>
      <CopyLine text={clientSettings(client, nodeUrl, issued.api_key)} label={t('key.settings')} />
    </Dialog>
  );
}
