import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { KeptContact } from '../../limits/quota/quotas.ts';

/** `rights.json` beside a ledger: until when its rights are good. Lost or old, they only end sooner. */
const keptContact = z.object({ os_boot_id: z.string(), sent_at_ms: z.number(), hold_s: z.number() });
const writeEveryMs = 5_000;

export function findContact(folder: string): KeptContact | undefined {
  try {
    const { os_boot_id, sent_at_ms, hold_s } = keptContact.parse(JSON.parse(readFileSync(join(folder, 'rights.json'), 'utf8')));
    return { osBootId: os_boot_id, sentAtMs: sent_at_ms, holdS: hold_s };
  } catch {
    return undefined;
  }
}

/** Writes every few seconds at the most. */
export function contactKeeper(folder: string, onFailure: (error: unknown) => void): (contact: KeptContact) => void {
  let writtenAtMs = Number.NEGATIVE_INFINITY;
  return ({ osBootId, sentAtMs, holdS }) => {
    if (sentAtMs - writtenAtMs < writeEveryMs && sentAtMs >= writtenAtMs) return;
    writtenAtMs = sentAtMs;
    const path = join(folder, 'rights.json');
    const body: z.infer<typeof keptContact> = { os_boot_id: osBootId, sent_at_ms: sentAtMs, hold_s: holdS };
    try {
      writeFileSync(`${path}.tmp`, JSON.stringify(body), { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    } catch (error) {
      onFailure(error);
    }
  };
}

/** One run of the operating system; another one after a reboot, the same after a restart of this program. */
export function osBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Where the system does not name its runs, the minute in which it began does.
    return `since ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  }
}
