import { dropBallast } from '../ledger/disk/ballast.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Quotas } from '../limits/quota/quotas.ts';
import type { Logger } from '../observe/log.ts';
import type { Clocks } from '../snapshot/contact.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { PostSettle, SettleBooks } from '../uplink/settle/settle-books.ts';
import { findContact } from '../uplink/settle/settle-contact.ts';
import { openSlotLedger } from './books/open-slot-ledger.ts';
import { settleLedger } from './books/settle-ledger.ts';
import { slotFolder, unusedSlots } from './books/slot-folders.ts';

/** Books of a worker that there is no more: attempts that it left open are booked as lost, and its tail settles. */
export interface UnusedBook {
  readonly ledger: Ledger;
  settling(post: PostSettle): SettleBooks;
}

export interface UnusedBooksParts {
  readonly dataDir: string;
  /** Slots up to this one are used. */
  readonly workers: number;
  readonly log: Logger;
  readonly clocks: Clocks;
  readonly snapshots: { pin(): Snapshot | undefined };
}

/** Nothing new is begun in them. */
const noRoom = { ballastBytes: 0, emergencyBytes: 0 };

/** Opens the books of all slots without a worker. What cannot be opened is left for the next start, for it serves nobody. */
export async function openUnusedBooks(parts: UnusedBooksParts): Promise<UnusedBook[]> {
  const { dataDir, workers } = parts;
  const opening = unusedSlots(dataDir, workers).map((slot) => open(slotFolder(dataDir, slot), parts));
  return (await Promise.all(opening)).flatMap((book) => book ?? []);
}

async function open(folder: string, { log, clocks, snapshots }: UnusedBooksParts): Promise<UnusedBook | undefined> {
  try {
    const onDisk = () => log.error({ folder }, 'the books of a former worker failed; their tail settles after the next start');
    const ledger = await openSlotLedger(folder, { log, clocks, onDisk, keptRoom: noRoom });
    dropBallast(folder);
    const quotas = new Quotas({ clocks, keptContact: findContact(folder) });
    const onCondemned = () => log.error({ folder }, 'the books of a former worker are set aside at the next start');
    return { ledger, settling: (post) => settleLedger({ ledger, folder, quotas, log, clocks, snapshots, post, onCondemned }) };
  } catch (error) {
    log.error({ err: error, folder }, 'the books of a former worker cannot be opened');
    return undefined;
  }
}
