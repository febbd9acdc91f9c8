import { performance } from 'node:perf_hooks';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { isCorruption, ledgerPath } from '../store/open-books.ts';
import { openReader } from '../store/open-database.ts';
import { markCorrupt } from '../store/set-aside.ts';
import { describeFailure } from '../write/unless-full.ts';
import { ScrubFailed, scrub } from './scrub.ts';

/** Rests so many times as long as it works: a fifth of one core, and of the disk. */
const restPerWork = 4;

export type Scrubbed =
  | { readonly ok: true; readonly rows: number }
  | { readonly ok: false; readonly isCorrupt: boolean; readonly message: string };

/** Entry of the thread that reads all of the books once, slowly, and ends. */
function run(port: MessagePort, dataDir: string): void {
  const db = openReader(ledgerPath(dataDir));
  const steps = scrub(db);
  const end = (scrubbed: Scrubbed): void => {
    db.close();
    port.postMessage(scrubbed);
    port.close();
  };
  const step = (): void => {
    const startedMs = performance.now();
    try {
      const { done, value } = steps.next();
      if (done) end({ ok: true, rows: value ?? 0 });
      else setTimeout(step, (performance.now() - startedMs) * restPerWork);
    } catch (error) {
      const isCorrupt = error instanceof ScrubFailed || isCorruption(error);
      if (isCorrupt) markCorrupt(dataDir, describeFailure(error));
      end({ ok: false, isCorrupt, message: describeFailure(error) });
    }
  };
  step();
}

if (!parentPort) throw new Error('the scrub of the ledger runs as a worker thread');
run(parentPort, workerData);
