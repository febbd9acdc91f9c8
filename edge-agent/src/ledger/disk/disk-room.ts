import { stat, statfs } from 'node:fs/promises';
import type { Sizes } from '../ledger.ts';
import { ledgerPath } from '../store/open-books.ts';

const everyMs = 5000;
const reserveBytes = 64 * 1024 * 1024;
const reserveShare = 0.01;

/** Knows, at most 5 s late, how large the books are and whether the disk has room for more. */
export class DiskRoom {
  readonly #dataDir: string;
  readonly #reserveBytes: number | undefined;
  #sizes: Sizes = { databaseBytes: 0, diskFreeBytes: 0, diskUsedPercent: 0 };
  #totalBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(dataDir: string, reserve: number | undefined) {
    this.#dataDir = dataDir;
    this.#reserveBytes = reserve;
  }

  static async watch(dataDir: string, reserve: number | undefined): Promise<DiskRoom> {
    const room = new DiskRoom(dataDir, reserve);
    await room.#look();
    room.#timer = setInterval(() => void room.#look().catch(() => undefined), everyMs).unref();
    return room;
  }

  get sizes(): Sizes {
    return this.#sizes;
  }

  get isShort(): boolean {
    return this.#sizes.diskFreeBytes < (this.#reserveBytes ?? Math.max(reserveBytes, this.#totalBytes * reserveShare));
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const path = ledgerPath(this.#dataDir);
    const [disk, ...files] = await Promise.all([statfs(this.#dataDir), ...['', '-wal'].map((suffix) => sizeOf(path + suffix))]);
    const diskFreeBytes = disk.bavail * disk.bsize;
    const usedBytes = (disk.blocks - disk.bfree) * disk.bsize;
    this.#totalBytes = disk.blocks * disk.bsize;
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
