import type { AiService, FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNodeDetails } from '../../../lib/queries/use-nodes.ts';
import { Button } from '../../../ui/button.tsx';
import { HealthState } from '../../../ui/health/health-state.tsx';
import { NameButton } from '../../../ui/name-button.tsx';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, NoRows, Table } from '../../../ui/table.tsx';
import { isAdmin, useMe } from '../../identity/session.tsx';
import { AddServiceDialog } from './add-service-dialog.tsx';
import { ChangeServiceDialog } from './change-service-dialog.tsx';
import { Formats } from './formats.tsx';
import { OAuthDialog } from './oauth-dialog.tsx';
import { RemoveServiceDialog } from './remove-service-dialog.tsx';
import { healthByNode, worstOf } from './service-health.ts';
import { type ServiceAct, ServicePeek } from './service-peek.tsx';
import { priceSpan } from './service-prices.ts';
import { ServiceState } from './service-state.tsx';
import { useServices } from './use-services.ts';

export function ServicesPage() {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const mayEdit = me ? isAdmin(me) : false;
  const { data, error, refetch } = useServices();
  const nodes = useNodeDetails(mayEdit);
  const [name, setName] = useState<string>();
  const [act, setAct] = useState<ServiceAct | 'add'>();
  const shown = data?.find(({ id }) => id === name);
  const add = (
    <Button kind="primary" onClick={() => setAct('add')}>
      <Plus className="size-4" aria-hidden="true" />
      {t('provider.add')}
    </Button>
  );
  return (
    <Page title={t('nav.services')} actions={mayEdit ? add : null}>
      <ProblemNote error={error} onRetry={() => void refetch()} />
      <Panel>
        <Table
          label={t('nav.services')}
          rows={data ?? []}
          rowKey={({ id }) => id}
          empty={<NoRows data={data} error={error} none={t('provider.none')} />}
          columns={serviceColumns(t, nodes, setName).filter(({ key }) => mayEdit || key !== 'health')}
        />
      </Panel>
      {act === 'add' ? <AddServiceDialog onClose={() => setAct(undefined)} onAdded={setName} /> : null}
      {shown && act === undefined ? (
        <ServicePeek
          service={shown}
          health={healthByNode(nodes, shown.id)}
          {...(mayEdit ? { onAct: setAct } : {})}
          onClose={() => setName(undefined)}
        />
      ) : null}
      {shown ? <ActDialog service={shown} act={act} onClose={() => setAct(undefined)} /> : null}
    </Page>
  );
}

interface ActDialogProps {
  readonly service: AiService;
  readonly act: ServiceAct | 'add' | undefined;
  readonly onClose: () => void;
}

function ActDialog({ service, act, onClose }: ActDialogProps) {
  if (act === 'edit') return <ChangeServiceDialog service={service} onClose={onClose} />;
  if (act === 'oauth') return <OAuthDialog service={service} onClose={onClose} />;
  if (act === 'remove') return <RemoveServiceDialog service={service} onClose={onClose} />;
  return null;
}

function serviceColumns(t: TFunction, nodes: readonly FleetNodeDetail[], onOpen: (id: string) => void): Column<AiService>[] {
  return [
    {
      key: 'name',
      title: t('upstream.service'),
      cell: ({ id, display_name }) => (
        <span className="flex items-center gap-2">
          <NameButton name={display_name} onClick={() => onOpen(id)} />
          <code className="font-mono text-ink-3 text-xs">{id}</code>
        </span>
      ),
    },
    { key: 'is', title: t('group.status'), cell: ({ status }) => <ServiceState status={status} /> },
    { key: 'formats', title: t('provider.formats'), cell: ({ dialects }) => <Formats dialects={dialects} /> },
    { key: 'health', title: t('health.title'), cell: ({ id }) => <HealthState health={worstOf(healthByNode(nodes, id))} /> },
    { key: 'models', title: t('provider.models'), numeric: true, cell: ({ available_models }) => available_models.length },
    { key: 'price', title: t('provider.span'), numeric: true, cell: ({ available_models }) => priceSpan(available_models) },
    {
      key: 'signIn',
      title: t('provider.signIn'),
      cell: ({ sign_in }) => (sign_in.length > 0 ? sign_in.map((flow) => t(`provider.flows.${flow}`)).join(' · ') : '—'),
    },
  ];
}
