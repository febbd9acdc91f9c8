import type { QuotaCrossing, QuotaFact } from '../quota-facts.ts';
import type { WindowRow } from './window-row.ts';

/** The highest threshold that the use of a window has reached, in percent; 0: none. */
export function reachedPercent({ limit, spent }: Pick<WindowRow, 'limit' | 'spent'>, alertPercent: number): number {
  if (limit <= 0) return 0;
  if (spent >= limit) return 100;
  return BigInt(spent) * 100n >= BigInt(limit) * BigInt(alertPercent) ? alertPercent : 0;
}

/** The window with the threshold that was told, and what is to be told now. */
export function noteThreshold(window: WindowRow, fact: QuotaFact | undefined): { window: WindowRow; crossing?: QuotaCrossing } {
  if (!fact) return { window };
  const percent = reachedPercent(window, fact.alertPercent);
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
