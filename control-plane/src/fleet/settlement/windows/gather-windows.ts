import { outstandingOf, reserveOf, type SettleRequest, type SliceReport } from '@aicarpool/shared-protocol';
import type { Db } from '../../../kernel/db.ts';
import { bigints, runPrepared, statement } from '../prepared.ts';
import type { Account, Receipts } from './receipts.ts';
import type { SliceRow, WindowRow } from './window-row.ts';

const activeMs = 15 * 60_000;

export interface Sharing {
  /** Books that used the window. */
  readonly sharers: number;
  /** What others of them hold and do not use. */
  readonly recallable: number;
}

/** Who used these windows in the last quarter of an hour, for those windows of which more than nothing is wished. */
export async function readSharing(
  db: Db,
  book: string,
  wishes: ReadonlyMap<number, Pick<SliceReport, 'need' | 'target'>>,
  slices: ReadonlyMap<number, SliceRow>,
  now: Date,
): Promise<ReadonlyMap<number, Sharing>> {
  const wins = [...wishes].filter(([win, { need, target }]) => {
    const slice = slices.get(win);
    return need > 0 || target > (slice ? outstandingOf(slice) : 0);
  });
  if (wins.length === 0) return new Map();
  const rows = await runPrepared<{ win: string; sharers: number; recallable: string }>(
    db,
    statement`SELECT win, count(*)::int AS sharers,
                coalesce(sum(greatest(0, granted - returned - spent - held)) FILTER (WHERE book <> ${book}), 0) AS recallable
           FROM fleet_slices
         WHERE win = ANY(${bigints(wins.map(([win]) => win))}::bigint[]) AND NOT closed
           AND contact_at > ${new Date(now.getTime() - activeMs).toISOString()}::timestamptz
         GROUP BY win`,
  );
  return new Map(rows.map(({ win, sharers, recallable }) => [Number(win), { sharers, recallable: Number(recallable) }]));
}

/** What others, not heard since the database was restored, may hold of these windows besides what is known. */
export async function readReserves(
  db: Db,
  book: string,
  wins: Iterable<number>,
  sinceMs: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = await runPrepared<{ win: string; granted: string; returned: string; spent: string }>(
    db,
    statement`SELECT win, granted, returned, spent FROM fleet_slices
         WHERE win = ANY(${bigints(wins)}::bigint[]) AND NOT closed AND book <> ${book}
           AND contact_at <= ${new Date(sinceMs).toISOString()}::timestamptz`,
  );
  const byWin = Map.groupBy(rows, ({ win }) => Number(win));
  return new Map(
    [...byWin].map(([win, slices]) => [
      win,
      reserveOf(
        slices.map(({ granted, returned, spent }) => ({
          granted: Number(granted),
          returned: Number(returned),
          spent: Number(spent),
          closed: false,
        })),
      ),
    ]),
  );
}

export interface Proof {
  readonly account: Account;
  readonly granted: number;
}

/** What the receipts of a call prove, by window. Only a node that was granted in another epoch sends any. */
export function readProofs(receipts: Receipts, request: SettleRequest): ReadonlyMap<number, Proof> {
  const proofs = new Map<number, Proof>();
  for (const { win, granted, receipt, receipt_epoch: epoch } of request.slices) {
    if (receipt === null || epoch === undefined) continue;
    const account = receipts.read(receipt, { win, granted, book: request.books, epoch });
    if (account) proofs.set(win, { account, granted });
  }
  return proofs;
}

export function isWindowOf({ quotaId, subject, startsAtMs }: Account, window: WindowRow): boolean {
  return window.quotaId === quotaId && window.subject === subject && window.startsAtMs === startsAtMs;
}
