import type { DeploymentConfig } from '@aicarpool/shared-protocol/console';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../../lib/api.ts';
import { CheckField } from '../../../ui/form/check-field.tsx';
import { SelectField } from '../../../ui/form/field.tsx';
import { SettingsForm } from '../../../ui/form/settings-form.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { MemberProxies } from './member-proxies.tsx';
import { memberProxiesIn } from './member-proxies-form.ts';

const strategies = ['fixed', 'round_robin', 'random', 'geo_optimal'] as const;

/** The proxies through which requests of a group leave the node. */
export function EgressPanel({ groupId }: { groupId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const path = `/groups/${groupId}/deployment-config`;
  const queryKey = ['groups', groupId, 'deployment'];
  const { data, error, refetch } = useQuery({ queryKey, queryFn: () => api<DeploymentConfig>('GET', path) });
  const save = useMutation({
    mutationFn: (body: unknown) => api<DeploymentConfig>('PUT', path, body),
    onSuccess: (next) => client.setQueryData(queryKey, next),
  });
  if (!data) return <ProblemNote error={error} onRetry={() => void refetch()} />;
  const { config, services_without_proxies: direct } = data;
  const onSave = (fields: FormData) =>
    save.mutate({
      proxy_strategy: fields.get('strategy'),
      proxy_pool_ids: fields.getAll('proxy'),
      sticky_session: fields.get('sticky') === 'on',
      fallback_enabled: fields.get('fallback') === 'on',
      member_proxies: memberProxiesIn(fields, config.member_proxies),
    });
  return (
    <SettingsForm title={t('egress.title')} note={t('egress.note')} saving={save} onSave={onSave} mayEdit={true}>
      <Pool data={data} />
      <div className="max-w-md">
        <SelectField label={t('egress.strategy')} name="strategy" defaultValue={config.proxy_strategy}>
          {strategies.map((strategy) => (
            <option key={strategy} value={strategy}>
              {t(`egress.strategies.${strategy}`)}
            </option>
          ))}
        </SelectField>
      </div>
      <CheckField name="sticky" label={t('egress.sticky')} defaultChecked={config.sticky_session} />
      <CheckField
        name="fallback"
        label={t('egress.fallback')}
        hint={t('egress.fallbackHint')}
        defaultChecked={config.fallback_enabled}
      />
      <MemberProxies groupId={groupId} data={data} />
      {config.proxy_pool_ids.length > 0 && direct.length > 0 ? (
        <Status state="partial">{t('egress.direct', { services: direct.join(', ') })}</Status>
      ) : null}
    </SettingsForm>
  );
}

function Pool({ data }: { data: DeploymentConfig }) {
  const { t } = useTranslation();
  const { config, available_proxies: proxies } = data;
  return (
    <>
      {proxies.length === 0 ? <p className="text-[13px] text-ink-2">{t('egress.none')}</p> : null}
      <fieldset className="flex flex-col gap-2">
        <legend className="sr-only">{t('nav.proxies')}</legend>
        {proxies.map(({ id, name, proxy_type, country, city }) => (
          <CheckField
            key={id}
            name="proxy"
            value={id}
            label={name}
            hint={[proxy_type, city, country].filter(Boolean).join(' · ')}
            defaultChecked={config.proxy_pool_ids.includes(id)}
          />
        ))}
      </fieldset>
    </>
  );
}
