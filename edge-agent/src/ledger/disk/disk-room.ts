import { stat, statfs } from 'node:fs/promises';
import type { Sizes } from '../ledger.ts';
import { ledgerPath } from '../store/open-books.ts';
import { isWornOut, readFailures } from './failures.ts';

const everyMs = 5000;
const reserveBytes = 512 * 1024 * 1024;
const reserveShare = 0.02;

/** What is kept free on a disk of that size for those who have begun. */
export function defaultReserve(totalBytes: number): number {
  return Math.max(reserveBytes, totalBytes * reserveShare);
}

/** Knows, at most 5 s late, how large the books are, whether the disk has room for more, and whether it may be trusted. */
export class DiskRoom {
  readonly #dataDir: string;
  readonly #reserveBytes: number | undefined;
  readonly #onLook: (room: DiskRoom) => void;
  #sizes: Sizes = { databaseBytes: 0, diskFreeBytes: 0, diskUsedPercent: 0 };
  #totalBytes = 0;
  #isWornOut = false;
  #timer: NodeJS.Timeout | undefined;

  private constructor(dataDir: string, reserve: number | undefined, onLook: (room: DiskRoom) => void) {
    this.#dataDir = dataDir;
    this.#reserveBytes = reserve;
    this.#onLook = onLook;
  }

  /** `onLook` is called after every look but the first. */
  static async watch(dataDir: string, reserve: number | undefined, onLook: (room: DiskRoom) => void): Promise<DiskRoom> {
    const room = new DiskRoom(dataDir, reserve, onLook);
    await room.#look();
    room.#timer = setInterval(() => void room.#lookAgain(), everyMs).unref();
    return room;
  }

  get sizes(): Sizes {
    return this.#sizes;
  }

  get isShort(): boolean {
    return this.spareBytes < 0;
  }

  /** Free beyond the reserve; below zero: so much is missing. */
  get spareBytes(): number {
    return this.#sizes.diskFreeBytes - (this.#reserveBytes ?? defaultReserve(this.#totalBytes));
  }

  /** It failed twice in a short time, and nobody said that it is well again. */
  get isWornOut(): boolean {
    return this.#isWornOut;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #lookAgain(): Promise<void> {
    try {
      await this.#look();
    } catch {
      return;
    }
    this.#onLook(this);
  }

  async #look(): Promise<void> {
    const path = ledgerPath(this.#dataDir);
    const [disk, ...files] = await Promise.all([statfs(this.#dataDir), ...['', '-wal'].map((suffix) => sizeOf(path + suffix))]);
    const diskFreeBytes = disk.bavail * disk.bsize;
    const usedBytes = (disk.blocks - disk.bfree) * disk.bsize;
    this.#totalBytes = disk.blocks * disk.bsize;
    this.#isWornOut = isWornOut(readFailures(this.#dataDir));
    this.#sizes = {
      databaseBytes: files.reduce((sum, size) => sum + size, 0),
      diskFreeBytes,
      diskUsedPercent: Math.round((usedBytes / (usedBytes + diskFreeBytes || 1)) * 1000) / 10,
    };
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
