import { ClosedBooks } from './disk/closed-books.ts';
import { isWornOut, readFailures, recordFailure, wornOut } from './disk/failures.ts';
import type { Ledger, LedgerOptions } from './ledger.ts';
import { LedgerFailed } from './ledger-failed.ts';
import { RunningLedger } from './running-ledger.ts';

/**
 * Opens (or creates) the books in `dataDir`. Resolves once they are checked and every attempt that a crash left
 * open is booked as lost. Rejects with LedgerFailed: another process holds them, they are from a newer release,
 * or the disk cannot be made durable. Books that are corrupt are set aside and new ones begin. Where the disk failed
 * twice within ten minutes the books take nothing until an operator says that it is well.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  try {
    return await RunningLedger.open(options);
  } catch (error) {
    if (!(error instanceof LedgerFailed) || error.code !== 'disk') throw error;
    recordFailure(options.dataDir, options.nowMs(), error.message);
    if (!isWornOut(readFailures(options.dataDir))) throw error;
    options.log.error({ reason: error.message }, wornOut);
    return new ClosedBooks(wornOut);
  }
}
