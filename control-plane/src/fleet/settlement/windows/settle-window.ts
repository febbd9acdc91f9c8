import { answerWindow, type SliceReport, type WindowAnswer, type WindowTerms } from '@aicarpool/shared-protocol';
import { type SliceRow, type WindowRow, withLimit } from './window-row.ts';

/** null: the node says nothing of it in this call. */
export type WindowReport = Omit<SliceReport, 'win' | 'receipt' | 'receipt_epoch' | 'spent' | 'held'> & {
  readonly spent: number | null;
  readonly held: number | null;
};

/** What is said of one window in one call, and what is known of it. */
export interface WindowCase {
  readonly window: WindowRow;
  readonly slice: SliceRow;
  readonly report: WindowReport;
  /** What the rows that are settled by this call used; null: none are. */
  readonly charged: number | null;
  /** Every row that the node has is settled with this call. */
  readonly isWhole: boolean;
  /** Rows that neither side has any more lie before these: what they used is known from `spent` alone. */
  readonly isMissing: boolean;
  /** The most that a receipt proves. */
  readonly proven: number;
  /** Of the quota now; undefined: the quota is gone, and its windows stay as they were. */
  readonly limit: number | undefined;
  readonly terms: Omit<WindowTerms, 'endsAtMs' | 'shortage'>;
}

export interface SettledWindow {
  readonly window: WindowRow;
  readonly slice: SliceRow;
  readonly answer: WindowAnswer;
  /** The node's sum is not that of its rows. */
  readonly differs: boolean;
}

/** One window and one book after a call. What its settled rows used is `spent`; the word of the node must be the same. */
export function settleWindow(asked: WindowCase): SettledWindow {
  const { report, charged, slice } = asked;
  const window = asked.limit === undefined ? asked.window : withLimit(asked.window, asked.limit);
  const counted = slice.charged + (charged ?? 0);
  const said = report.spent ?? counted;
  const total = asked.isMissing ? Math.max(counted, said) : counted;
  const spent = charged !== null || asked.isWhole ? Math.max(total, said) : total;
  const { granted, returned, need, target } = report;
  const answer = answerWindow(
    { window, slice },
    { granted, returned, spent, proven: asked.proven },
    { need, target, granted },
    { ...asked.terms, endsAtMs: window.endsAtMs, shortage: window.shortage },
  );
  return {
    window: { ...window, ...answer.pair.window, shortage: answer.shortage },
    slice: { ...answer.pair.slice, charged: total, held: report.held ?? slice.held },
    answer,
    differs: charged === null ? asked.isWhole && said > total : said !== total,
  };
}
