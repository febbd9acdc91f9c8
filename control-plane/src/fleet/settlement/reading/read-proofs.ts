import { desc, eq } from 'drizzle-orm';
import type { Db } from '../../../kernel/db.ts';
import { fleetProofs } from '../../tables.ts';

export type ProofRow = typeof fleetProofs.$inferSelect;

/** The newest readings of one book. The caller has checked who may know. */
export async function readProofs(db: Db, book: string, limit: number): Promise<ProofRow[]> {
  return await db.select().from(fleetProofs).where(eq(fleetProofs.book, book)).orderBy(desc(fleetProofs.id)).limit(limit);
}
