import { Worker } from 'node:worker_threads';
import type { LedgerLog } from '../ledger.ts';
import type { Scrubbed } from './scrub-thread.ts';

const dayMs = 86_400_000;
const lookEveryMs = 600_000;

interface Parts {
  readonly dataDir: string;
  readonly nowMs: () => number;
  readonly log: LedgerLog;
  readonly lastAtMs: number;
  /** Every how many ms; default a day. */
  readonly everyMs: number | undefined;
  /** Remembers that all was well. */
  readonly onWhole: (atMs: number) => void;
  /** The books are marked to be set aside. */
  readonly onCorrupt: (message: string) => void;
}

/** Reads all of the books once a day, in a thread of its own that lives as long as that takes. */
export class NightlyScrub {
  readonly #parts: Parts;
  readonly #everyMs: number;
  readonly #looking: NodeJS.Timeout;
  #lastAtMs: number;
  #worker: Worker | undefined;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#lastAtMs = parts.lastAtMs;
    this.#everyMs = parts.everyMs ?? dayMs;
    this.#looking = setInterval(() => this.#look(), Math.min(lookEveryMs, this.#everyMs)).unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#looking);
    await this.#worker?.terminate();
  }

  /** Now, whenever the last one was; unless one is under way. */
  start(): void {
    const { dataDir, nowMs, log } = this.#parts;
    if (this.#worker || this.#isStopped) return;
    const startedMs = nowMs();
    const worker = new Worker(new URL('./scrub-thread.ts', import.meta.url), { workerData: dataDir, name: 'ledger-scrub' });
    this.#worker = worker;
    worker.on('message', (scrubbed: Scrubbed) => this.#ended(scrubbed, startedMs));
    worker.on('error', (error) => log.warn({ reason: error.message }, 'the books could not be read through'));
    worker.on('exit', () => {
      this.#worker = undefined;
    });
  }

  #look(): void {
    if (Math.abs(this.#parts.nowMs() - this.#lastAtMs) >= this.#everyMs) this.start();
  }

  #ended(scrubbed: Scrubbed, startedMs: number): void {
    const { nowMs, log, onWhole, onCorrupt } = this.#parts;
    this.#lastAtMs = nowMs();
    if (scrubbed.ok) {
      log.info({ rows: scrubbed.rows, ms: nowMs() - startedMs }, 'the books were read through and are whole');
      onWhole(this.#lastAtMs);
    } else if (scrubbed.isCorrupt) onCorrupt(scrubbed.message);
    else log.warn({ reason: scrubbed.message }, 'the books could not be read through');
  }
}
