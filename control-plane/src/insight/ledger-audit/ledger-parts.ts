import type { AuditedBook, BookRangeIs, NodeLoss, ProofRow, SettledSums, Violation } from '../../fleet/index.ts';
import type { Ctx, Db } from '../../kernel/index.ts';
import type { SingleFlight } from '../cache/single-flight.ts';
import type { BookKeeper, StatementParts } from '../ports.ts';

/** What the audit of the ledger leans on. */
export interface LedgerParts extends Pick<StatementParts, 'getPeople'> {
  /** Every node that serves the group or ever did; null: every node there ever was. */
  bookKeepers(ctx: Ctx, groupId: string | null): Promise<BookKeeper[]>;
  readAuditedBooks(db: Db, chosen?: { readonly nodeIds?: readonly string[]; readonly book?: string }): Promise<AuditedBook[]>;
  readBookRanges(db: Db, book: string): Promise<BookRangeIs[]>;
  readProofs(db: Db, book: string, limit: number): Promise<ProofRow[]>;
  readSums(db: Db, groupId: string | null): Promise<SettledSums>;
  readRowsByNode(db: Db, groupId: string): Promise<ReadonlyMap<string, number>>;
  checkInvariants(ctx: Ctx): Promise<Violation[]>;
  askProofs(ctx: Ctx, kind: 'sweep'): Promise<number>;
  previewForgetting(ctx: Ctx, nodeId: string): Promise<NodeLoss>;
  forgetBooks(ctx: Ctx, nodeId: string, how: { readonly evenNow: boolean }): Promise<NodeLoss>;
  readonly flights: SingleFlight;
}
