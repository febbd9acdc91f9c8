import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../../lib/format.ts';
import { CheckField } from '../../../ui/form/check-field.tsx';
import { TextField } from '../../../ui/form/field.tsx';
import { RangeField } from '../../../ui/form/range-field.tsx';
import { Status } from '../../../ui/glyph.tsx';
import { type BudgetPlan, evenShares, moveShare, oversell } from './budget-plan.ts';

interface BudgetFieldsProps {
  readonly plan: BudgetPlan;
  readonly onPlan: (plan: BudgetPlan) => void;
  readonly services: readonly string[];
  readonly members: number;
}

const million = 1_000_000;

export function BudgetFields({ plan, onPlan, services, members }: BudgetFieldsProps) {
  const { t } = useTranslation();
  const times = oversell(plan, members);
  return (
    <>
      <div className="grid grid-cols-2 gap-x-6 gap-y-4 max-md:grid-cols-1">
        <AmountField
          label={t('budget.tokens')}
          per={million}
          value={plan.tokens}
          onValue={(tokens) => onPlan({ ...plan, tokens })}
        >
          {plan.tokens === null ? t('limits.none') : t('budget.exactly', { amount: plan.tokens.toLocaleString('en-US') })}
        </AmountField>
        <AmountField
          label={t('budget.perMember')}
          per={million}
          value={plan.perMember}
          onValue={(perMember) => onPlan({ ...plan, perMember })}
        >
          {plan.perMember === null
            ? t('limits.none')
            : t('budget.all', { count: members, sum: formatCount(plan.perMember * members) })}
        </AmountField>
        <AmountField label={t('budget.usd')} per={1} value={plan.usd} onValue={(usd) => onPlan({ ...plan, usd })}>
          {t('budget.usdHint')}
        </AmountField>
        <RangeField
          label={t('quota.alertAt')}
          name="alert_percent"
          min={1}
          max={100}
          value={plan.alertPercent}
          onValue={(alertPercent) => onPlan({ ...plan, alertPercent })}
        />
      </div>
      {times === undefined ? null : <Status state="partial">{t('budget.oversell', { times })}</Status>}
      {services.length < 2 ? null : <Shares plan={plan} onPlan={onPlan} services={services} />}
    </>
  );
}

interface AmountFieldProps {
  readonly label: string;
  /** How many are one in the box. */
  readonly per: number;
  readonly value: number | null;
  readonly onValue: (value: number | null) => void;
  readonly children: ReactNode;
}

/** An empty box is no limit. */
function AmountField({ label, per, value, onValue, children }: AmountFieldProps) {
  const [text, setText] = useState(value === null ? '' : String(value / per));
  const change = (typed: string) => {
    setText(typed);
    const amount = Number(typed);
    const isWhole = per > 1;
    onValue(typed.trim() === '' || Number.isNaN(amount) ? null : isWhole ? Math.round(amount * per) : amount);
  };
  return (
    <div className="flex flex-col gap-1">
      <TextField
        label={label}
        type="number"
        min={0}
        step="any"
        inputMode="decimal"
        value={text}
        onChange={(event) => change(event.target.value)}
      />
      <p className="text-ink-3 text-xs">{children}</p>
    </div>
  );
}

const colours = [
  'var(--series-1)',
  'var(--series-2)',
  'var(--series-3)',
  'var(--series-4)',
  'var(--series-5)',
  'var(--series-6)',
];

function Shares({ plan, onPlan, services }: Omit<BudgetFieldsProps, 'members'>) {
  const { t } = useTranslation();
  const { shares, tokens } = plan;
  return (
    <div className="flex flex-col gap-3 border-line border-t pt-4">
      <CheckField
        label={t('budget.divide')}
        hint={t(shares === 'own' ? 'budget.ownHint' : 'budget.divideHint')}
        checked={typeof shares === 'object' && shares !== null}
        disabled={tokens === null}
        onChange={(event) => onPlan({ ...plan, shares: event.target.checked ? evenShares(services) : null })}
      />
      {shares === null || shares === 'own' ? null : (
        <>
          <div aria-hidden="true" className="flex h-2 gap-px overflow-hidden rounded-sm">
            {services.map((service, at) => (
              <i key={service} style={{ width: `${shares[service] ?? 0}%`, background: colours[at % colours.length] }} />
            ))}
          </div>
          <div className="grid grid-cols-3 gap-4 max-md:grid-cols-1">
            {services.map((service) => (
              <RangeField
                key={service}
                label={service}
                min={0}
                max={100}
                value={shares[service] ?? 0}
                say={(percent) => `${percent}% · ${formatCount(Math.floor(((tokens ?? 0) * percent) / 100))}`}
                onValue={(percent) => onPlan({ ...plan, shares: moveShare(shares, service, percent) })}
              />
            ))}
          </div>
        </>
      )}
    </div>
  );
}
