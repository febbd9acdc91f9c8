import { Worker } from 'node:worker_threads';

/** The node's end of the line to the thread that folds the log into the file. `fail`: the disk refused, once at most. */
export class FoldLink {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;

  constructor(dataDir: string, signals: Int32Array, fail: (message: string) => void) {
    const workerData = { dataDir, signals };
    this.#worker = new Worker(new URL('./fold-thread.ts', import.meta.url), { workerData, name: 'ledger-folder' });
    this.#worker.on('error', (error) => fail('code' in error ? `${error.code}: ${error.message}` : error.message));
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** The writer closes the file after this: whoever closes it last leaves no log behind. */
  async close(): Promise<void> {
    this.#worker.postMessage('close');
    await this.#ended;
  }
}
