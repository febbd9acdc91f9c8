import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Ledger, type LedgerOptions, openLedger } from '../ledger.ts';

/** Tests that are not about a full disk need not fill this one. */
const noRoom = { ballastBytes: 0, emergencyBytes: 0 };

/** A data folder that is gone after the test. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'ledger-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly facts: object;
  readonly message: string;
}

/** Books in `dataDir`, closed after the test; `lines` is what they logged. */
export async function openTestLedger(
  own: Partial<LedgerOptions> = {},
): Promise<{ ledger: Ledger; lines: LoggedLine[]; dataDir: string }> {
  const dataDir = own.dataDir ?? newDataDir();
  const lines: LoggedLine[] = [];
  const logAs = (level: LoggedLine['level']) => (facts: object, message: string) => {
    lines.push({ level, facts, message });
  };
  const log = { info: logAs('info'), warn: logAs('warn'), error: logAs('error') };
  const ledger = await openLedger({ nowMs: () => Date.UTC(2026, 0, 1, 12), log, keptRoom: noRoom, ...own, dataDir });
  onTestFinished(() => ledger.close());
  return { ledger, lines, dataDir };
}
