import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { KeptContact } from '../../limits/quota/quotas.ts';

/** `rights.json` beside a ledger: until when its rights are good. Lost or old, they only end sooner. */
const keptContact = z.object({
  os_boot_id: z.string(),
  sent_at_ms: z.number(),
  /** By the clock of that boot. */
  sent_up_ms: z.number().optional(),
  hold_s: z.number(),
});
const writeEveryMs = 5_000;

export function findContact(folder: string): KeptContact | undefined {
  try {
    const kept = keptContact.parse(JSON.parse(readFileSync(join(folder, 'rights.json'), 'utf8')));
    return { sentAt: { wallMs: kept.sent_at_ms, bootId: kept.os_boot_id, upMs: kept.sent_up_ms }, holdS: kept.hold_s };
  } catch {
    return undefined;
  }
}

/** Writes every few seconds at the most. */
export function contactKeeper(folder: string, onFailure: (error: unknown) => void): (contact: KeptContact) => void {
  let writtenAtMs = Number.NEGATIVE_INFINITY;
  return ({ sentAt: { wallMs, bootId = '', upMs }, holdS }) => {
    if (wallMs - writtenAtMs < writeEveryMs && wallMs >= writtenAtMs) return;
    writtenAtMs = wallMs;
    const path = join(folder, 'rights.json');
    const body: z.infer<typeof keptContact> = { os_boot_id: bootId, sent_at_ms: wallMs, sent_up_ms: upMs, hold_s: holdS };
    try {
      writeFileSync(`${path}.tmp`, JSON.stringify(body), { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    } catch (error) {
      onFailure(error);
    }
  };
}
