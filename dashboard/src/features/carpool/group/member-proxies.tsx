import type { DeploymentConfig } from '@aicarpool/shared-protocol/console';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { groupQuery } from '../../../lib/queries/use-groups.ts';
import { SelectField } from '../../../ui/form/field.tsx';
import { Folded } from '../../../ui/form/folded.tsx';
import { memberField } from './member-proxies-form.ts';

/** The proxy that is tried first for one member. */
export function MemberProxies({ groupId, data }: { groupId: string; data: DeploymentConfig }) {
  const { t } = useTranslation();
  const { data: group } = useQuery(groupQuery(groupId));
  const { available_proxies: proxies, config } = data;
  if (proxies.length === 0 || !group || group.members.length === 0) return null;
  return (
    <Folded title={t('egress.members', { count: Object.keys(config.member_proxies).length })}>
      <p className="text-ink-2 text-xs">{t('egress.membersNote')}</p>
      <div className="grid gap-3 md:grid-cols-2">
        {group.members.map(({ id, name, email }) => (
          <SelectField key={id} label={name || email} name={memberField(id)} defaultValue={config.member_proxies[id] ?? ''}>
            <option value="">{t('egress.likeOthers')}</option>
            {proxies.map((proxy) => (
              <option key={proxy.id} value={proxy.id}>
                {proxy.name}
              </option>
            ))}
          </SelectField>
        ))}
      </div>
    </Folded>
  );
}
