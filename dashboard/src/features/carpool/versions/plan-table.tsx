import type { ConfigChange, ConfigPlan } from '@aicarpool/shared-protocol/console';
import { useTranslation } from 'react-i18next';
import { Part } from '../../../ui/overlay/part.tsx';
import { Table } from '../../../ui/table.tsx';

/** What would change, field by field, and what cannot be had here. */
export function PlanTable({ plan }: { plan: ConfigPlan }) {
  const { t } = useTranslation();
  return (
    <>
      <Table
        tight
        label={t('versions.plan')}
        rows={plan.changes}
        rowKey={({ part, id, field }) => `${part} ${id} ${field}`}
        empty={t('versions.nothing')}
        columns={[
          { key: 'what', title: t('versions.what'), cell: (change) => <What change={change} /> },
          { key: 'before', title: t('versions.now'), cell: ({ before }) => <Value value={before} /> },
          { key: 'after', title: t('versions.then'), cell: ({ after }) => <Value value={after} /> },
        ]}
      />
      {plan.left_out.length > 0 ? (
        <Part title={t('versions.leftOut')}>
          <ul className="list-disc pl-5 text-[13px]">
            {plan.left_out.map(({ part, id, reason }) => (
              <li key={`${part} ${id}`}>{`${id}: ${reason}`}</li>
            ))}
          </ul>
        </Part>
      ) : null}
    </>
  );
}

function What({ change: { part, id, field } }: { change: ConfigChange }) {
  const { t } = useTranslation();
  return (
    <span className="flex flex-col leading-4">
      <span className="font-medium">{t(`versions.kinds.${part}`)}</span>
      <span className="text-ink-3 text-xs">{[id, field].filter((text) => text !== null).join(' · ')}</span>
    </span>
  );
}

function Value({ value }: { value: ConfigChange['before'] }) {
  const text = value === null ? '—' : typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <code title={text} className="block max-w-48 truncate font-mono text-xs">
      {text}
    </code>
  );
}
