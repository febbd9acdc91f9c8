import type { BatchRange, StoredRights } from '../../../src/index.ts';

export interface Row {
  readonly request: number;
  readonly chain: string;
  readonly charges: readonly (readonly [win: number, amount: number])[];
}

export interface Batch extends BatchRange {
  readonly charged: ReadonlyMap<number, number>;
}

/** What a ledger file holds. Everything in it survives a crash of the process; it is plain data, so that an image is a copy. */
export interface Disk {
  readonly books: string;
  /** Row n stands at n - 1. */
  rows: Row[];
  readonly intents: Map<number, readonly (readonly [win: number, amount: number])[]>;
  readonly windows: Map<number, StoredRights>;
  acked: number;
  frozen: Batch | null;
  contactMs: number | null;
}

export function newDisk(books: string): Disk {
  return { books, rows: [], intents: new Map(), windows: new Map(), acked: 0, frozen: null, contactMs: null };
}

export function chainAt({ rows }: Disk, seq: number): string | null {
  return seq === 0 ? '' : (rows[seq - 1]?.chain ?? null);
}

export function writeRow(disk: Disk, request: number, charges: Row['charges']): void {
  if (!disk.intents.delete(request)) throw new Error(`row of request ${request} without its intent`);
  const before = chainAt(disk, disk.rows.length) ?? '';
  disk.rows.push({ request, charges, chain: link(before, `${request}:${charges.join(';')}`) });
  for (const [win, amount] of charges) {
    const stored = disk.windows.get(win);
    if (stored) disk.windows.set(win, { ...stored, spent: stored.spent + amount });
  }
}

/** At start: what was under way is booked as it was held. */
export function recover(disk: Disk): void {
  for (const [request, held] of [...disk.intents]) writeRow(disk, request, held);
}

/** The oldest rows that are not acknowledged, as they were first put together. */
export function nextBatch(disk: Disk): Batch | null {
  if (disk.frozen) return disk.frozen;
  const rows = disk.rows.slice(disk.acked, disk.acked + 20);
  if (rows.length === 0) return null;
  const charged = new Map<number, number>();
  for (const { charges } of rows) for (const [win, amount] of charges) charged.set(win, (charged.get(win) ?? 0) + amount);
  const to = disk.acked + rows.length;
  disk.frozen = {
    from: disk.acked + 1,
    to,
    prevChain: chainAt(disk, disk.acked) ?? '',
    chain: chainAt(disk, to) ?? '',
    charged,
  };
  return disk.frozen;
}

export function spentAt(disk: Disk, seq: number): Map<number, number> {
  const spent = new Map<number, number>([...disk.windows.keys()].map((win) => [win, 0]));
  for (const { charges } of disk.rows.slice(0, seq)) {
    for (const [win, amount] of charges) spent.set(win, (spent.get(win) ?? 0) + amount);
  }
  return spent;
}

function link(before: string, text: string): string {
  let hash = 0x811c9dc5;
  for (const char of `${before}|${text}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16);
}
