import { whomToRecall } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { announceToFleet } from '../../hub/fleet-channel.ts';
import type { SettlementMemory } from '../memory.ts';
import { bigints, runPrepared } from '../prepared.ts';

const winsPerNews = 200;

interface RawHolder {
  win: string;
  book: string;
  node_id: string;
  outstanding: string;
  held: string;
  lacking: string;
  asker: string | null;
}

/**
 * Asks those who hold rights of these windows to give back what they can spare: for a request that waits, or because the
 * limit was lowered. At most once a window in 100 ms, and never inside a settlement: a notification holds up every commit
 * that also notifies.
 */
export async function recallRights(db: Db, memory: SettlementMemory, wins: readonly number[], nowMs: number): Promise<void> {
  const due = memory.dueForRecall(wins, nowMs);
  if (due.length === 0) return;
  const rows = await runPrepared<RawHolder>(
    db,
    sql`SELECT slice.win, slice.book, book.node_id, slice.granted - slice.returned - slice.spent AS outstanding, slice.held,
               greatest(place.short_amount, place.granted - place.returned - place."limit") AS lacking, place.short_books AS asker
          FROM fleet_slices AS slice
          JOIN fleet_books AS book ON book.id = slice.book AND book.state = 'open'
          JOIN fleet_windows AS place ON place.win = slice.win
         WHERE slice.win = ANY(${bigints(due)}::bigint[]) AND NOT slice.closed
           AND slice.granted - slice.returned - slice.spent > 0`,
  );
  const winsByNode = new Map<string, Set<number>>();
  for (const [win, holders] of Map.groupBy(rows, (row) => Number(row.win))) {
    const [first] = holders;
    const asked = whomToRecall(
      holders.map(({ book, outstanding, held }) => ({ books: book, outstanding: Number(outstanding), held: Number(held) })),
      first?.asker ?? null,
      Number(first?.lacking ?? 0),
    );
    for (const { book, node_id: nodeId } of holders)
      if (asked.includes(book)) winsByNode.set(nodeId, (winsByNode.get(nodeId) ?? new Set()).add(win));
  }
  for (const [nodeId, asked] of winsByNode) {
    const all = [...asked];
    for (let at = 0; at < all.length; at += winsPerNews)
      await announceToFleet(db, { about: 'recall', nodeId, wins: all.slice(at, at + winsPerNews) });
  }
}
