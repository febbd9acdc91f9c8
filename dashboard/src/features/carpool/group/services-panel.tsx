import type { GroupServices } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../../ui/button.tsx';
import { type State, Status } from '../../../ui/glyph.tsx';
import { HealthState } from '../../../ui/health/health-state.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { type Column, Table } from '../../../ui/table.tsx';
import { EditServiceDialog } from './edit-service-dialog.tsx';

type Service = GroupServices['services'][number];

const states: Record<Service['status'], State> = {
  active: 'ok',
  disabled: 'off',
  no_account: 'draft',
  service_inactive: 'partial',
};

interface ServicesPanelProps {
  readonly groupId: string;
  readonly services: GroupServices;
  readonly mayEdit: boolean;
}

export function ServicesPanel({ groupId, services, mayEdit }: ServicesPanelProps) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<Service>();
  const rows = [...services.services].sort((a, b) => a.priority - b.priority);
  return (
    <Panel title={t('service.many')}>
      <Table
        label={t('service.many')}
        rows={rows}
        rowKey={({ service_name }) => service_name}
        empty={t('service.none')}
        columns={serviceColumns(t, setEdited).filter(({ key }) => mayEdit || key !== 'act')}
      />
      {edited ? (
        <EditServiceDialog groupId={groupId} all={services.services} service={edited} onClose={() => setEdited(undefined)} />
      ) : null}
    </Panel>
  );
}

function serviceColumns(t: TFunction, edit: (service: Service) => void): Column<Service>[] {
  return [
    { key: 'order', title: t('upstream.priority'), numeric: true, cell: ({ priority }) => priority },
    {
      key: 'name',
      title: t('upstream.service'),
      cell: ({ service_name }) => <span className="font-medium">{service_name}</span>,
    },
    {
      key: 'is',
      title: t('group.status'),
      cell: ({ status }) => <Status state={states[status]}>{t(`service.is.${status}`)}</Status>,
    },
    { key: 'health', title: t('health.title'), cell: ({ health }) => <HealthState health={health} /> },
    { key: 'auth', title: t('service.auth'), cell: ({ auth_method }) => t(`service.auths.${auth_method}`) },
    { key: 'aliases', title: t('service.aliases'), numeric: true, cell: ({ model_aliases }) => model_aliases.length },
    {
      key: 'act',
      title: t('action.what'),
      cell: (service) => <Button onClick={() => edit(service)}>{t('action.edit')}</Button>,
    },
  ];
}
