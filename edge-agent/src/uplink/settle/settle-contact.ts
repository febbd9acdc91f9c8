import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { KeptContact } from '../../limits/quota/quotas.ts';
import type { SharedBy } from '../../limits/shares.ts';

/** `rights.json` beside a ledger: until when its rights are good, and who shares the limits. Lost or old, rights only end sooner. */
const kept = z.object({
  os_boot_id: z.string(),
  sent_at_ms: z.number(),
  /** By the clock of that boot. */
  sent_up_ms: z.number().optional(),
  hold_s: z.number(),
  shared_by: z.array(z.object({ group: z.string(), nodes: z.number() })).optional(),
});
const writeEveryMs = 5_000;

export function findContact(folder: string): KeptContact | undefined {
  const found = read(folder);
  return found && { sentAt: { wallMs: found.sent_at_ms, bootId: found.os_boot_id, upMs: found.sent_up_ms }, holdS: found.hold_s };
}

/** How many nodes served each group when the centre was last heard: as good for one that starts as for one that ran on. */
export function findSharedBy(folder: string): SharedBy {
  return read(folder)?.shared_by ?? [];
}

function read(folder: string): z.infer<typeof kept> | undefined {
  try {
    return kept.parse(JSON.parse(readFileSync(join(folder, 'rights.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

export type KeepContact = (contact: KeptContact, sharedBy?: SharedBy) => void;

/** Writes every few seconds at the most. */
export function contactKeeper(folder: string, onFailure: (error: unknown) => void): KeepContact {
  let writtenAtMs = Number.NEGATIVE_INFINITY;
  return ({ sentAt: { wallMs, bootId = '', upMs }, holdS }, sharedBy = []) => {
    if (wallMs - writtenAtMs < writeEveryMs && wallMs >= writtenAtMs) return;
    writtenAtMs = wallMs;
    const path = join(folder, 'rights.json');
    const known = { os_boot_id: bootId, sent_at_ms: wallMs, sent_up_ms: upMs, hold_s: holdS, shared_by: [...sharedBy] };
    try {
      writeFileSync(`${path}.tmp`, JSON.stringify(known satisfies z.infer<typeof kept>), { mode: 0o600 });
      renameSync(`${path}.tmp`, path);
    } catch (error) {
      onFailure(error);
    }
  };
}
