import type { FixedCost } from '@aicarpool/shared-protocol/console';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatMoney } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { type Column, NoRows, Table } from '../../../ui/table.tsx';
import { FixedCostDialog } from './fixed-cost-dialog.tsx';
import { useChange, useFixedCosts } from './use-statement.ts';

interface FixedCostsProps {
  readonly groupId: string;
  readonly month: string;
  readonly canChange: boolean;
}

/** What the group pays each month beside measured use. */
export function FixedCostsPanel({ groupId, month, canChange }: FixedCostsProps) {
  const { t } = useTranslation();
  const { data, error, refetch } = useFixedCosts(groupId);
  const [isOpen, setIsOpen] = useState(false);
  const save = useChange(groupId, 'PUT', 'fixed-costs', () => setIsOpen(false));
  const costs = data?.fixed_costs ?? [];
  // All of them are written at once: over what was read, never over what was not.
  const mayChange = canChange && data !== undefined;
  const put = (next: readonly FixedCost[]) => save.mutate({ fixed_costs: next, expected: costs });
  const close = () => {
    save.reset();
    setIsOpen(false);
  };
  return (
    <Panel
      title={t('statement.fixedCosts')}
      aside={mayChange ? <Button onClick={() => setIsOpen(true)}>{t('statement.addFixed')}</Button> : undefined}
    >
      <ProblemNote error={error} onRetry={() => void refetch()} />
      {isOpen ? null : <ProblemNote error={save.error} />}
      <Table
        label={t('statement.fixedCosts')}
        rows={costs}
        rowKey={(cost) => `${cost.name} ${cost.from_month}`}
        empty={<NoRows data={data} error={error} none={t('statement.noFixedNote')} />}
        columns={[
          ...costColumns(t),
          ...(mayChange ? [removal(t, save.isPending, (cost) => put(costs.filter((one) => one !== cost)))] : []),
        ]}
      />
      {isOpen && mayChange ? (
        <FixedCostDialog month={month} saving={save} onClose={close} onSave={(cost) => put([...costs, cost])} />
      ) : null}
    </Panel>
  );
}

function costColumns(t: TFunction): Column<FixedCost>[] {
  return [
    { key: 'name', title: t('group.name'), cell: ({ name }) => <span className="font-medium">{name}</span> },
    { key: 'amount', title: t('statement.monthly'), numeric: true, cell: (cost) => formatMoney(cost.amount_usd) },
    { key: 'rule', title: t('statement.rule'), cell: ({ rule }) => t(`statement.rules.${rule}`) },
    { key: 'months', title: t('statement.months'), cell: (cost) => `${cost.from_month} – ${cost.to_month ?? '…'}` },
  ];
}

function removal(t: TFunction, isPending: boolean, onRemove: (cost: FixedCost) => void): Column<FixedCost> {
  return {
    key: 'act',
    title: t('action.what'),
    numeric: true,
    cell: (cost) => (
      <Button
        kind="danger"
        disabled={isPending}
        aria-label={`${t('action.remove')}: ${cost.name}`}
        onClick={() => onRemove(cost)}
      >
        {t('action.remove')}
      </Button>
    ),
  };
}
