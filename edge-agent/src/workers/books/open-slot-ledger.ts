import { type Ledger, LedgerFailed, type LedgerLog, type LedgerOptions, openLedger } from '../../ledger/ledger.ts';
import type { Clocks } from '../../snapshot/contact.ts';

export interface SlotLedgerParts {
  readonly log: LedgerLog;
  readonly clocks: Clocks;
  readonly onDisk: () => void;
  readonly keptRoom?: NonNullable<LedgerOptions['keptRoom']>;
}

const lockedAtMostMs = 15_000;
const lookAgainMs = 250;

/** Opens the books of a slot. The worker of a node that was killed may hold them for a few seconds more. */
export async function openSlotLedger(dataDir: string, { log, clocks, onDisk, ...own }: SlotLedgerParts): Promise<Ledger> {
  const untilMs = clocks.monotonicMs() + lockedAtMostMs;
  for (;;) {
    try {
      return await openLedger({ dataDir, nowMs: clocks.nowMs, log, onFatal: onDisk, ...own });
    } catch (error) {
      if (!(error instanceof LedgerFailed) || error.code !== 'locked' || clocks.monotonicMs() > untilMs) throw error;
      log.info({ dataDir }, 'waiting for the worker before this one to close the books');
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
  }
}
