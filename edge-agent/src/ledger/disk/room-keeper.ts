import { existsSync } from 'node:fs';
import type { LedgerLog } from '../ledger.ts';
import { ballastPath } from './ballast.ts';
import { emergencyPath } from './emergency-log.ts';
import { preallocate } from './preallocate.ts';

const MiB = 1024 * 1024;

export interface KeptRoom {
  readonly ballastBytes: number;
  readonly emergencyBytes: number;
}

export const defaultKeptRoom: KeptRoom = { ballastBytes: 64 * MiB, emergencyBytes: 16 * MiB };

/** Takes the room for ballast and emergency log while the disk has plenty, and again after they were used. */
export class RoomKeeper {
  readonly #files: readonly { readonly path: string; readonly bytes: number }[];
  readonly #log: LedgerLog;
  readonly #stopped = new AbortController();
  #making: AbortController | undefined;

  constructor(dataDir: string, { ballastBytes, emergencyBytes }: KeptRoom, log: LedgerLog) {
    this.#log = log;
    this.#files = [
      { path: emergencyPath(dataDir), bytes: emergencyBytes },
      { path: ballastPath(dataDir), bytes: ballastBytes },
    ].filter(({ bytes }) => bytes > 0);
  }

  /** Makes what is missing and fits into `spareBytes`. */
  async keep(spareBytes: number): Promise<void> {
    if (this.#making || this.#stopped.signal.aborted) return;
    let spare = spareBytes;
    const making = new AbortController();
    this.#making = making;
    try {
      for (const { path, bytes } of this.#files) {
        if (existsSync(path) || spare < bytes) continue;
        await preallocate(path, bytes, AbortSignal.any([making.signal, this.#stopped.signal]));
        spare -= bytes;
      }
    } catch (error) {
      if (!making.signal.aborted && !this.#stopped.signal.aborted)
        this.#log.warn({ reason: String(error) }, 'room for the books could not be set aside');
    } finally {
      this.#making = undefined;
    }
  }

  /** The disk is full: what is half made must not stand in the way. */
  yield(): void {
    this.#making?.abort();
  }

  stop(): void {
    this.#stopped.abort();
  }
}
