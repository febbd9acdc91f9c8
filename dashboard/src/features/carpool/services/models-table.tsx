import type { AiService } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { formatCount, formatUsd } from '../../../lib/format.ts';
import { Table } from '../../../ui/table.tsx';
import { perMillion } from './service-prices.ts';

export function ModelsTable({ models }: { models: AiService['available_models'] }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="text-ink-3 text-xs">{t('provider.perMillion')}</p>
      <div className="overflow-hidden rounded-md border border-line">
        <Table
          tight
          label={t('provider.modelsAndPrices')}
          rows={models}
          rowKey={({ model_name }) => model_name}
          empty={t('provider.noModels')}
          columns={[
            {
              key: 'model',
              title: t('usage.model'),
              cell: ({ model_name, display_name, price_version, price_origin }) => (
                <span title={t('provider.priceFrom', { version: price_version })}>
                  <span className="block font-medium">{display_name}</span>
                  <code className="block font-mono text-ink-3 text-xs leading-4">{model_name}</code>
                  {price_origin === 'admin' ? <span className="block text-ink-3 text-xs">{t('provider.byHand')}</span> : null}
                </span>
              ),
            },
            { key: 'in', title: t('provider.input'), numeric: true, cell: (model) => formatUsd(perMillion(model, 'input')) },
            { key: 'out', title: t('provider.output'), numeric: true, cell: (model) => formatUsd(perMillion(model, 'output')) },
            {
              key: 'context',
              title: t('provider.context'),
              numeric: true,
              cell: ({ context_length }) => formatCount(context_length),
            },
          ]}
        />
      </div>
    </>
  );
}
