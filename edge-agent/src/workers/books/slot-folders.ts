import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of a worker's slot: its books, and until when their rights are good. */
export function slotFolder(dataDir: string, slot: number): string {
  return join(dataDir, 'workers', String(slot));
}

/** Slots that have books and no worker: there were more workers once. */
export function unusedSlots(dataDir: string, workers: number): number[] {
  const all = join(dataDir, 'workers');
  if (!existsSync(all)) return [];
  return readdirSync(all)
    .map(Number)
    .filter((slot) => Number.isInteger(slot) && slot > workers && existsSync(join(slotFolder(dataDir, slot), 'ledger.db')))
    .sort((a, b) => a - b);
}
