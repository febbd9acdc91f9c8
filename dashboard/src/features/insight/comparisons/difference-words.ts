import type { ProviderComparison } from '@aicarpool/shared-protocol/console';
import { formatExact, formatPercent } from '../../../lib/format.ts';
import type { State } from '../../../ui/glyph.tsx';

export type Measure = 'tokens' | 'cost_usd';
export type Difference = NonNullable<ProviderComparison['totals']['tokens']>;

/** Percent of the provider's figure that may stay unexplained before it is called a difference: clocks and rounding. */
const tolerancePercent = 0.5;

/** ok: explained by estimates, or too small to matter. */
export function stateOfDifference({ unknown, theirs, ours }: Difference): State {
  const whole = Math.max(Math.abs(theirs), Math.abs(ours));
  if (unknown === 0 || whole === 0) return 'ok';
  const percent = (Math.abs(unknown) / whole) * 100;
  return percent <= tolerancePercent ? 'ok' : percent <= 5 ? 'partial' : 'bad';
}

/** Tokens exactly, dollars to a hundredth of a cent, with a sign. */
export function formatAmountOf(measure: Measure, amount: number): string {
  if (measure === 'tokens') return `${amount < 0 ? '−' : ''}${formatExact(Math.abs(amount))}`;
  const shown = Math.abs(amount).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  return `${amount < 0 && Number(shown.replaceAll(',', '')) > 0 ? '−' : ''}$${shown}`;
}

/** With a sign; null: the provider says nothing. */
export function formatShare(percent: number | null): string {
  if (percent === null) return '—';
  return `${percent < 0 ? '−' : ''}${formatPercent(Math.abs(percent))}`;
}
