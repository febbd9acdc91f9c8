import type { Ledger, LedgerOptions } from './ledger.ts';
import { RunningLedger } from './running-ledger.ts';

/**
 * Opens (or creates) the books in `dataDir`. Resolves once they are checked and every attempt that a crash left
 * open is booked as lost. Rejects with LedgerFailed: another process holds them, they are from a newer release,
 * or the disk cannot be made durable. Books that are corrupt are set aside and new ones begin.
 */
export function openLedger(options: LedgerOptions): Promise<Ledger> {
  return RunningLedger.open(options);
}
