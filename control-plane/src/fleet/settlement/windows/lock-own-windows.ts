import type { Db } from '../../../kernel/db.ts';
import type { SettlementMemory } from '../memory.ts';
import type { BookRow, Moment } from '../streams/lock-book.ts';
import { isWindowOf, type Proof } from './gather-windows.ts';
import { restoreWindows } from './restore-windows.ts';
import { lockWindows, type WindowRow } from './window-row.ts';

export interface LockAsked {
  readonly tx: Db;
  readonly parts: { readonly memory: SettlementMemory };
  readonly book: BookRow;
  /** Groups of the node, now. */
  readonly serves: ReadonlySet<string>;
  readonly moment: Moment;
}

/**
 * Locks those of the windows that are there and belong to groups that the node serves or served, in the order of their
 * numbers. Windows that the database lost are made again where a receipt proves them; a number that means another
 * window than its receipt says is none of the node's.
 */
export async function lockOwnWindows(
  { tx, parts, book, serves, moment }: LockAsked,
  wins: readonly number[],
  proofs: ReadonlyMap<number, Proof>,
): Promise<ReadonlyMap<number, WindowRow>> {
  let windows = await lockWindows(tx, wins);
  const lost = new Map([...proofs].filter(([win]) => !windows.has(win)));
  if (lost.size > 0) {
    const quotas = await parts.memory.quotasAt(
      tx,
      moment.head,
      [...lost.values()].map(({ account }) => account.quotaId),
    );
    await restoreWindows(tx, lost, quotas);
    windows = await lockWindows(tx, wins);
  }
  const served = await parts.memory.servedBy(
    tx,
    { nodeId: book.nodeId, serves },
    [...windows.values()].map(({ groupId }) => groupId),
  );
  return new Map(
    [...windows].filter(([win, window]) => {
      const proof = proofs.get(win);
      return served.has(window.groupId) && (proof === undefined || isWindowOf(proof.account, window));
    }),
  );
}
