import type { AiService } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatMs } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { HealthState } from '../../../ui/health/health-state.tsx';
import { type Fact, Facts } from '../../../ui/overlay/facts.tsx';
import { Part } from '../../../ui/overlay/part.tsx';
import { Peek } from '../../../ui/overlay/peek.tsx';
import { Table } from '../../../ui/table.tsx';
import { Formats } from './formats.tsx';
import { ModelsTable } from './models-table.tsx';
import type { HealthOnNode } from './service-health.ts';
import { ServiceState } from './service-state.tsx';

export type ServiceAct = 'edit' | 'oauth' | 'remove';

interface ServicePeekProps {
  readonly service: AiService;
  readonly health: readonly HealthOnNode[];
  /** Absent: the reader may only look. */
  readonly onAct?: (act: ServiceAct) => void;
  readonly onClose: () => void;
}

export function ServicePeek({ service, health, onAct, onClose }: ServicePeekProps) {
  const { t } = useTranslation();
  return (
    <Peek
      title={service.display_name}
      note={service.description || undefined}
      onClose={onClose}
      footer={onAct ? <Acts onAct={onAct} /> : undefined}
    >
      <ServiceFacts service={service} />
      {onAct ? <ByNode health={health} /> : null}
      <Part title={t('provider.modelsAndPrices')}>
        <ModelsTable models={service.available_models} />
      </Part>
    </Peek>
  );
}

function Acts({ onAct }: { onAct: (act: ServiceAct) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Button kind="primary" onClick={() => onAct('edit')}>
        {t('action.edit')}
      </Button>
      <Button onClick={() => onAct('oauth')}>{t('oauth.short')}</Button>
      <Button kind="danger" className="ml-auto" onClick={() => onAct('remove')}>
        {t('action.remove')}
      </Button>
    </>
  );
}

function ServiceFacts({ service }: { service: AiService }) {
  const { t } = useTranslation();
  const flows = service.sign_in.map((flow) => t(`provider.flows.${flow}`)).join(' · ');
  const address =
    service.base_url === undefined ? [] : [[t('provider.baseUrl'), <Code key="url" text={service.base_url} />] as Fact];
  const facts: Fact[] = [
    [t('group.status'), <ServiceState key="is" status={service.status} />],
    [t('provider.name'), <Code key="name" text={service.id} />],
    [t('provider.formats'), <Formats key="formats" dialects={service.dialects} />],
    ...address,
    [t('provider.vendor'), service.vendor || t('provider.noVendor')],
    [t('provider.patterns'), <Patterns key="patterns" patterns={service.model_patterns} />],
    [t('provider.modelsPath'), service.models_path ? <Code key="path" text={service.models_path} /> : t('provider.noModelsPath')],
    [t('provider.usageInStreams'), t(service.usage_in_streams ? 'action.yes' : 'action.no')],
    [t('provider.gone'), t(`provider.gones.${service.on_client_gone}`)],
    [t('provider.signIn'), flows || t('provider.noSignIn')],
  ];
  return <Facts facts={facts} />;
}

function Code({ text }: { text: string }) {
  return <code className="break-all font-mono text-xs">{text}</code>;
}

const patternsShown = 8;

function Patterns({ patterns }: { patterns: readonly string[] }) {
  const { t } = useTranslation();
  const rest = patterns.length - patternsShown;
  return (
    <span title={patterns.join(', ')}>
      <code className="font-mono text-xs">{patterns.slice(0, patternsShown).join(', ') || '—'}</code>
      {rest > 0 ? <span className="text-ink-3 text-xs"> {t('provider.andMore', { count: rest })}</span> : null}
    </span>
  );
}

function ByNode({ health }: { health: readonly HealthOnNode[] }) {
  const { t } = useTranslation();
  return (
    <Part title={t('health.byNode')}>
      <div className="overflow-hidden rounded-md border border-line">
        <Table
          tight
          label={t('health.byNode')}
          rows={health}
          rowKey={({ node_id }) => node_id}
          empty={t('health.noNode')}
          columns={[
            { key: 'node', title: t('node.name'), cell: ({ node_name }) => node_name },
            { key: 'is', title: t('group.status'), cell: (said) => <HealthState health={said} /> },
            { key: 'time', title: t('health.time'), numeric: true, cell: (said) => formatMs(said.avg_response_time_ms) },
          ]}
        />
      </div>
    </Part>
  );
}
