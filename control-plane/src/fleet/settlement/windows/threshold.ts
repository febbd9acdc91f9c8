import type { QuotaCrossing, QuotaFact } from '../quota-facts.ts';
import type { WindowRow } from './window-row.ts';

/** From this share on a window that a request did not fit into counts as used up. */
const asGoodAsSpentPercent = 95;

/**
 * The highest threshold that the use of a window has reached, in percent; 0: none. `exhausted`: what is left of it does not
 * do for what is asked. Hard budgets end so, a little below their limit; and stay so until the limit changes.
 */
export function reachedPercent(
  { limit, spent, toldPercent }: Pick<WindowRow, 'limit' | 'spent' | 'toldPercent'>,
  alertPercent: number,
  exhausted: boolean,
): number {
  if (limit <= 0) return 0;
  const isAsGoodAsSpent = BigInt(spent) * 100n >= BigInt(limit) * BigInt(asGoodAsSpentPercent);
  if (spent >= limit || (isAsGoodAsSpent && (exhausted || toldPercent === 100))) return 100;
  return BigInt(spent) * 100n >= BigInt(limit) * BigInt(alertPercent) ? alertPercent : 0;
}

/** The window with the threshold that was told, and what is to be told now. */
export function noteThreshold(
  window: WindowRow,
  fact: QuotaFact | undefined,
  exhausted: boolean,
): { window: WindowRow; crossing?: QuotaCrossing } {
  if (!fact) return { window };
  const percent = reachedPercent(window, fact.alertPercent, exhausted);
  if (percent === window.toldPercent) return { window };
  const noted = { ...window, toldPercent: percent };
  if (percent < window.toldPercent) return { window: noted };
  return {
    window: noted,
    crossing: {
      quotaId: window.quotaId,
      groupId: window.groupId,
      subject: window.subject,
      startsAt: dateOf(window.startsAtMs),
      endsAt: dateOf(window.endsAtMs),
      limit: window.limit,
      used: window.spent,
      percent,
    },
  };
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
