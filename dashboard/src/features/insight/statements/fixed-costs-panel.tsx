import type { FixedCost } from '@aicarpool/shared-protocol/console';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatMoney } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';
import { Table } from '../../../ui/table.tsx';
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
  const { data, error } = useFixedCosts(groupId);
  const [isOpen, setIsOpen] = useState(false);
  const save = useChange(groupId, 'PUT', 'fixed-costs', () => setIsOpen(false));
  const costs = data?.fixed_costs ?? [];
  const put = (next: readonly FixedCost[]) => save.mutate({ fixed_costs: next });
  return (
    <Panel
      title={t('statement.fixedCosts')}
      aside={canChange ? <Button onClick={() => setIsOpen(true)}>{t('statement.addFixed')}</Button> : undefined}
    >
      <ProblemNote error={error ?? save.error} />
      <Table
        label={t('statement.fixedCosts')}
        rows={costs}
        rowKey={(cost) => `${cost.name} ${cost.from_month}`}
        empty={t('statement.noFixedNote')}
        columns={[
          { key: 'name', title: t('group.name'), cell: ({ name }) => <span className="font-medium">{name}</span> },
          { key: 'amount', title: t('statement.monthly'), numeric: true, cell: (cost) => formatMoney(cost.amount_usd) },
          { key: 'rule', title: t('statement.rule'), cell: ({ rule }) => t(`statement.rules.${rule}`) },
          { key: 'months', title: t('statement.months'), cell: (cost) => `${cost.from_month} – ${cost.to_month ?? '…'}` },
          ...(canChange
            ? [
                {
                  key: 'act',
                  title: t('action.what'),
                  numeric: true,
                  cell: (cost: FixedCost) => (
                    <Button
                      kind="danger"
                      disabled={save.isPending}
                      aria-label={`${t('action.remove')}: ${cost.name}`}
                      onClick={() => put(costs.filter((one) => one !== cost))}
                    >
                      {t('action.remove')}
                    </Button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {isOpen ? (
        <FixedCostDialog month={month} saving={save} onClose={() => setIsOpen(false)} onSave={(cost) => put([...costs, cost])} />
      ) : null}
    </Panel>
  );
}
