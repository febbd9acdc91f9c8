import type { Ledger } from '../../ledger/ledger.ts';
import type { Quotas } from '../../limits/quota/quotas.ts';
import type { Logger } from '../../observe/log.ts';
import type { Clocks } from '../../snapshot/contact.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { type PostSettle, SettleBooks, type SharedLimits } from '../../uplink/settle/settle-books.ts';
import { contactKeeper } from '../../uplink/settle/settle-contact.ts';

export interface SettleLedgerParts {
  readonly ledger: Ledger;
  /** Of this ledger. */
  readonly folder: string;
  readonly quotas: Quotas;
  readonly log: Logger;
  readonly clocks: Clocks;
  readonly snapshots: { pin(): Snapshot | undefined };
  readonly post: PostSettle;
  /** Leases on shared limits are asked for with one of the books of a node. */
  readonly shares?: SharedLimits | undefined;
  readonly onCondemned: () => void;
}

/** The loop that settles one of the books of a node. */
export function settleLedger({ folder, snapshots, shares, ...parts }: SettleLedgerParts): SettleBooks {
  const { log } = parts;
  return new SettleBooks({
    ...parts,
    ...(shares && { shares }),
    random: Math.random,
    knowsQuota: (id) => snapshots.pin()?.hasQuota(id) ?? true,
    keepContact: contactKeeper(folder, (error) => log.warn({ err: error }, 'rights.json could not be written')),
  });
}
