import { parentPort, workerData } from 'node:worker_threads';
import { ledgerPath } from '../store/open-books.ts';
import { openFolder } from '../store/open-database.ts';
import { unlessFull } from '../write/unless-full.ts';
import { LogSignals } from './log-signals.ts';

const lookEveryMs = 1000;
const enoughRecords = 1000;

/**
 * Entry of the thread that folds the log into the file while the writer goes on committing: done between two commits
 * it would keep requests waiting for 20 ms and more. The second pass takes what was written during the first, so that
 * little is left for the writer, who alone finds the log at rest and may begin it anew. What is thrown ends the thread.
 */
function run(dataDir: string, signals: LogSignals): void {
  const db = openFolder(ledgerPath(dataDir));
  const looking = setInterval(() => {
    if (!signals.takeWritten(enoughRecords)) return;
    unlessFull(() => {
      db.pragma('wal_checkpoint(PASSIVE)');
      db.pragma('wal_checkpoint(PASSIVE)');
      signals.folded();
    });
  }, lookEveryMs);
  parentPort?.once('message', () => {
    clearInterval(looking);
    db.close();
  });
}

run(workerData.dataDir, new LogSignals(workerData.signals));
