import type { GroupEndpoint, IssuedKey } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { Button } from '../../../ui/button.tsx';
import { CopyLine } from '../../../ui/copy-line.tsx';
import { SelectField } from '../../../ui/form/field.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { Segmented } from '../../../ui/segmented.tsx';
import { type ClientName, clientNames, clientSettings } from './client-settings.ts';

/** The only time the key is seen: it does not go away by accident. */
export function KeyReadyDialog({ issued, onDone }: { issued: IssuedKey; onDone: () => void }) {
  const { t } = useTranslation();
  const [saved, setSaved] = useState(false);
  const [client, setClient] = useState<ClientName>('claude-code');
  useHoldPage(!saved);
  const { nodes, none, nodeUrl, choose } = useNodeChoice(issued.group_id);
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
      <NodeField nodes={nodes} value={nodeUrl} onChoose={choose} />
      {none ? <Status state="partial">{t('key.noNode')}</Status> : null}
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

/** Asks before the page is left, while the key would be lost. */
function useHoldPage(hold: boolean): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    if (hold) addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [hold]);
}

function useNodeChoice(groupId: string) {
  const { data } = useQuery({
    queryKey: ['endpoints', groupId],
    queryFn: () => api<{ endpoints: GroupEndpoint[] }>('GET', `/carpool/groups/${groupId}/endpoints`),
  });
  const nodes = data?.endpoints ?? [];
  const [chosen, choose] = useState<string>();
  return {
    nodes,
    none: data !== undefined && nodes.length === 0,
    nodeUrl: chosen ?? nodes[0]?.base_url ?? 'https://NODE',
    choose,
  };
}

interface NodeFieldProps {
  readonly nodes: readonly GroupEndpoint[];
  readonly value: string;
  readonly onChoose: (baseUrl: string) => void;
}

function NodeField({ nodes, value, onChoose }: NodeFieldProps) {
  const { t } = useTranslation();
  if (nodes.length < 2) return null;
  return (
    <SelectField label={t('key.node')} value={value} onChange={({ target }) => onChoose(target.value)}>
      {nodes.map(({ node_id, node_name, base_url }) => (
        <option key={node_id} value={base_url}>
          {`${node_name} · ${base_url}`}
        </option>
      ))}
    </SelectField>
  );
}
