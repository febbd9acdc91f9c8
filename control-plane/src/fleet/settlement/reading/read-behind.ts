import { inArray } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetBooks } from '../../tables.ts';

/** A node of which rows that ended before an instant may not be settled yet. */
export interface Behind {
  readonly nodeId: string;
  /** Everything that ended before this is settled; null: nothing ever was. */
  readonly settledUntil: Date | null;
  /** That it spoke of and that are not settled. */
  readonly rowsKnown: number;
}

/**
 * Which of these nodes may still have rows of before `until`. A book is up to date once it was heard of after that with
 * nothing left to settle, or said goodbye with nothing left; one that was closed or condemned brings nothing more that
 * counts as on time.
 */
export async function readBehind(db: Db, nodeIds: readonly string[], until: Date): Promise<readonly Behind[]> {
  if (nodeIds.length === 0) return [];
  const books = await db
    .select()
    .from(fleetBooks)
    .where(inArray(fleetBooks.nodeId, [...nodeIds]));
  return nodeIds.flatMap((nodeId) => {
    const own = books.filter((book) => book.nodeId === nodeId);
    const open = own.filter((book) => book.state === 'open' && !(book.finished && book.ackedSeq >= book.lastSeq));
    const late = open.filter((book) => book.ackedSeq < book.lastSeq || book.contactAt < until);
    if (own.length > 0 && late.length === 0) return [];
    const rowsKnown = late.reduce((sum, book) => sum + Math.max(0, book.lastSeq - book.ackedSeq), 0);
    const oldest = late.reduce<Date | null>((first, { contactAt }) => (first && first < contactAt ? first : contactAt), null);
    return [{ nodeId, settledUntil: oldest, rowsKnown }];
  });
}
