import type { BatchVerdict, SettleRequest, SliceGrant } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../kernel/context.ts';
import type { Tx } from '../../kernel/db.ts';
import { onTheirWay } from './prepared.ts';
import type { QuotaCrossing, QuotaFact } from './quota-facts.ts';
import type { SettlementParts } from './settlement-parts.ts';
import type { EpochState } from './streams/follow-epoch.ts';
import type { BookRow, Moment } from './streams/lock-book.ts';
import { readProofs, readReserves, readSharing } from './windows/gather-windows.ts';
import { lockOwnWindows } from './windows/lock-own-windows.ts';
import { type SettledWindow, settleWindow, type WindowReport } from './windows/settle-window.ts';
import { noteThreshold } from './windows/threshold.ts';
import { emptySliceRow, readSlices, type WindowRow } from './windows/window-row.ts';
import { writeSlices, writeWindows } from './windows/write-windows.ts';

export interface BooksCall {
  readonly ctx: Ctx;
  readonly tx: Tx;
  readonly parts: SettlementParts;
  readonly request: SettleRequest;
  readonly book: BookRow;
  /** Groups of the node, now. */
  readonly serves: ReadonlySet<string>;
  readonly moment: Moment;
  readonly epoch: EpochState;
  readonly verdict: BatchVerdict;
  /** Wishes for windows that were opened by this call. */
  readonly opened: readonly { readonly win: number; readonly need: number; readonly target: number }[];
}

export interface SettledSlices {
  readonly grants: readonly SliceGrant[];
  /** Windows of which others are to give back. */
  readonly recalling: readonly number[];
  readonly differs: boolean;
  /** On their way to the database, in this order; to be awaited before the transaction ends. */
  readonly writes: readonly Promise<unknown>[];
}

const silent: WindowReport = { granted: 0, returned: 0, spent: null, held: null, need: 0, target: 0 };

/** The escrow part of a settlement: every window that the call speaks of, under locks taken in the order of their numbers. */
export async function settleSlices(call: BooksCall): Promise<SettledSlices> {
  const { ctx, tx, parts, book, moment } = call;
  const reports = reportsOf(call);
  if (reports.size === 0) return { grants: [], recalling: [], differs: false, writes: [] };
  const proofs = readProofs(parts.receipts, call.request);
  // The book is locked, so that its slices stay as they are: they can be read while the windows are waited for.
  const [windows, slices] = await Promise.all([
    lockOwnWindows(call, [...reports.keys()], proofs),
    readSlices(tx, book.id, reports.keys()),
  ]);
  const quotaIds = [...windows.values()].map(({ quotaId }) => quotaId);
  const quotas = await parts.memory.quotasAt(tx, moment.head, quotaIds);
  const settled = await settleEach(call, reports, { windows, slices, quotas, proofs });
  const crossings: QuotaCrossing[] = [];
  const noted = settled.map((one) => {
    const { window, crossing } = noteThreshold(one.window, quotas.get(one.window.quotaId), one.answer.exhausted);
    if (crossing) crossings.push(crossing);
    return { ...one, window };
  });
  const now = ctx.clock.now();
  const writes = onTheirWay([
    writeWindows(
      tx,
      noted.map(({ window }) => window).filter((window) => isChanged(windows.get(window.win), window)),
    ),
    writeSlices(
      tx,
      book.id,
      noted.map(({ window, slice }) => ({ ...slice, win: window.win })),
      now,
    ),
  ]);
  if (crossings.length > 0) await parts.facts.onQuotaCrossed(ctx, tx, crossings);
  return {
    grants: [...noted.map((one) => grantOf(call, one)), ...[...reports.keys()].filter((win) => !windows.has(win)).map(nothingOf)],
    recalling: noted.filter(({ answer }) => answer.recalling).map(({ window }) => window.win),
    differs: noted.some(({ differs }) => differs),
    writes,
  };
}

interface Gathered {
  readonly windows: ReadonlyMap<number, WindowRow>;
  readonly slices: Awaited<ReturnType<typeof readSlices>>;
  readonly quotas: ReadonlyMap<string, QuotaFact | undefined>;
  readonly proofs: ReturnType<typeof readProofs>;
}

async function settleEach(
  call: BooksCall,
  reports: ReadonlyMap<number, WindowReport>,
  gathered: Gathered,
): Promise<SettledWindow[]> {
  const { ctx, tx, request, book, epoch, verdict } = call;
  const { windows, slices, quotas, proofs } = gathered;
  const now = ctx.clock.now();
  const sharing = await readSharing(tx, book.id, reports, slices, now);
  const reserves = epoch.isReserving ? await readReserves(tx, book.id, windows.keys(), epoch.beganAtMs) : undefined;
  const charged = chargedOf(call);
  return [...windows].map(([win, window]) =>
    settleWindow({
      window,
      slice: slices.get(win) ?? emptySliceRow,
      report: reports.get(win) ?? silent,
      charged: charged === null ? null : (charged.get(win) ?? 0),
      isWhole: request.seq === verdict.stream.acked,
      isMissing: verdict.skipped > 0,
      proven: proofs.get(win)?.granted ?? 0,
      limit: quotas.get(window.quotaId)?.quota.limit,
      terms: {
        books: book.id,
        nowMs: now.getTime(),
        ...(sharing.get(win) ?? { sharers: 1 }),
        reserve: reserves?.get(win) ?? 0,
        // Rows of closed books are settled first; then they are open again.
        learning: epoch.learning || book.state === 'closed',
      },
    }),
  );
}

/** What is said of each window, in the order of their numbers: by its slice, by rows that used it, or by a wish for it. */
function reportsOf({ request, opened, verdict }: BooksCall): ReadonlyMap<number, WindowReport> {
  const reports = new Map<number, WindowReport>();
  for (const { win, need, target } of opened) reports.set(win, { ...silent, need, target });
  for (const { win, receipt: _, receipt_epoch: __, ...report } of request.slices) reports.set(win, report);
  const used = verdict.status === 'ok' ? (request.batch?.charged ?? []) : [];
  for (const [win] of used) if (!reports.has(win)) reports.set(win, silent);
  return new Map([...reports].sort(([a], [b]) => a - b));
}

/** What the rows that this call settles used of each window; null: it settles none. */
function chargedOf({ request, verdict }: BooksCall): ReadonlyMap<number, number> | null {
  if (verdict.status !== 'ok' || !request.batch) return null;
  const charged = new Map<number, number>();
  for (const [win, amount] of request.batch.charged) charged.set(win, (charged.get(win) ?? 0) + amount);
  return charged;
}

function isChanged(before: WindowRow | undefined, after: WindowRow): boolean {
  const names = ['limit', 'limitPeak', 'granted', 'returned', 'spent', 'forced', 'toldPercent'] as const;
  return !before || before.shortage !== after.shortage || names.some((name) => before[name] !== after[name]);
}

function grantOf({ parts, book, moment }: BooksCall, { window, slice, answer }: SettledWindow): SliceGrant {
  const granted = { win: window.win, book: book.id, granted: slice.granted, epoch: moment.head.epoch };
  return { win: window.win, ...answer.grant, receipt: parts.receipts.write(window, granted) };
}

/** A window that is none, or not of this node: nothing may be used of it. */
function nothingOf(win: number): SliceGrant {
  return { win, granted: 0, limit: 0, left: 0, recall: false, closed: true, receipt: '' };
}
